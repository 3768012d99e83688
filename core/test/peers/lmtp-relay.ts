import { createTransport } from 'nodemailer'
import { LOOPBACK } from './foreground.ts'

/** Hands letters over LMTP in plain text, as a relay on the same machine does. To be closed. */
export const lmtpRelay = (port: number) => createTransport({ host: LOOPBACK, port, lmtp: true, ignoreTLS: true })
