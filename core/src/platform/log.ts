import { pino, type DestinationStream, type Logger } from 'pino'
import { safeError, withoutAddresses } from './safe-error.ts'

export type Log = Logger

/** Never in a log, wherever it stands: what people wrote, who they are, and what opens a door. */
const REDACTED = [
  'text',
  'html',
  'subject',
  'body',
  'preview',
  'payload',
  'fileName',
  'password',
  'secret',
  'token',
  'cookie',
  'authorization',
  'email',
  'phone',
  'address',
  'login',
  'name',
  'displayName',
  'from',
  'to',
  'cc',
  'bcc',
  'replyTo',
  'sender',
  'recipient',
  'recipients',
  'value',
  'values',
  'parameters',
  'detail',
  'hint',
  'where',
  'query',
  'userAgent',
]

const paths = REDACTED.flatMap((key) => [key, `*.${key}`, `*.*.${key}`])

/** A JSON line an event, with the subsystem's name in `part`; on standard output unless a destination is given. */
export const createLog = (options: { level: string; node: string; destination?: DestinationStream }): Log =>
  pino(
    {
      level: options.level,
      base: { node: options.node },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: {
        err: (error: unknown) => safeError(error),
        reason: (reason: unknown) => (typeof reason === 'string' ? withoutAddresses(reason) : reason),
      },
      redact: { paths, censor: '[hidden]' },
      formatters: { level: (label) => ({ level: label }) },
    },
    options.destination ?? pino.destination({ fd: 1, sync: false }),
  )
