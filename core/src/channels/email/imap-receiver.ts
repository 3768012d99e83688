import type { ImapFlow } from 'imapflow'
import type { EmailSettings } from '@oco/contract'
import type { Clock } from '../../kernel/clock.ts'
import { messageOf } from '../../kernel/errors.ts'
import type { Log } from '../../platform/log.ts'
import { untilWoken, type Wakeable } from '../../platform/until-woken.ts'
import type { ChannelAccount, ChannelSink } from '../channel.ts'
import { imapClient, imapFailureOf, type ImapSettings } from './imap-connection.ts'
import type { LetterReader } from './letter-reader.ts'
import { MAIL_SIZE_BYTES_MAX } from './limits.ts'
import { openMailbox, type ListedLetter, type Mailbox } from './mailbox.ts'
import { moveCursor, parseCursor, searchFrom, type MailboxCursor } from './mailbox-cursor.ts'
import { asideOf } from './set-aside-letter.ts'

/** How patient a receiver is; tests are less so. */
export interface Pace {
  /** IDLE may be lost without a word, and a mailbox be made anew; so often the receiver looks by itself. */
  readonly lookMs: number
  readonly reconnectFirstMs: number
  readonly reconnectMaxMs: number
  /** Servers lock accounts that guess: a refused password is tried seldom. */
  readonly refusedMs: number
  readonly storeRetryFirstMs: number
  readonly storeRetryMaxMs: number
}
export const PACE: Pace = {
  lookMs: 60_000,
  reconnectFirstMs: 1_000,
  reconnectMaxMs: 60_000,
  refusedMs: 60_000,
  storeRetryFirstMs: 1_000,
  storeRetryMaxMs: 30_000,
}

const BATCH = 50
/** A connection that held so long and is lost is taken up again without a word: servers drop idle ones as they please. */
const STEADY_MS = 20_000
/** When it is told to end, it finishes the letter at hand; a download that takes longer is cut off. */
const FINISH_MS = 2_000
/** So many letters in a row that cannot be stored: the fault is not theirs, the rest waits. */
const STORE_FAILURES_IN_A_ROW = 3
/** A letter that fails so often, while its setting aside succeeds, is at fault itself. */
const STORE_TRIES_MAX = 5

export interface ReceiverOptions {
  readonly account: ChannelAccount
  readonly settings: EmailSettings & { imap: ImapSettings }
  readonly sink: ChannelSink
  readonly reader: LetterReader
  readonly log: Log
  readonly clock: Clock
  readonly pace: Pace
}

/**
 * Receives one account's letters until `signal` aborts: connects, takes what is new, waits by IDLE, connects again when the
 * connection is lost. A letter is marked as seen only after its inbox row is committed; one that cannot be read or stored never
 * stops the others. Runs on one process at a time; a second one would only meet duplicates.
 */
export const receiveByImap = async (options: ReceiverOptions, signal: AbortSignal): Promise<void> => {
  const { account, settings, sink, log, clock, pace } = options
  const store = createLetterStore(options)
  let failures = 0
  sink.report(account.id, { kind: 'connecting' })
  while (!isOver(signal)) {
    let connectedMs: number | null = null
    try {
      await runSession(options, store, signal, () => (connectedMs = clock.monotonicMs()))
    } catch (error) {
      if (isOver(signal)) return
      const { step, reason } = imapFailureOf(error, settings.imap)
      log.warn({ channel: account.id, step, reason }, 'receiving by IMAP failed')
      if (heldMs(connectedMs, clock) >= STEADY_MS) {
        failures = 0
        continue
      }
      sink.report(account.id, { kind: 'failing', reason })
      const backoffMs = Math.min(pace.reconnectFirstMs * 2 ** failures, pace.reconnectMaxMs)
      failures++
      await untilWoken({ signal, timeoutMs: step === 'sign_in' ? pace.refusedMs : backoffMs })
    }
  }
}

const heldMs = (connectedMs: number | null, clock: Clock): number =>
  connectedMs === null ? 0 : clock.monotonicMs() - connectedMs

/** Asked anew each time: it changes while we wait. */
const isOver = (signal: AbortSignal): boolean => signal.aborted

/** One connection, from its start to its loss. */
const runSession = async (
  options: ReceiverOptions,
  store: LetterStore,
  signal: AbortSignal,
  onConnected: () => void,
): Promise<void> => {
  const { account, settings, sink } = options
  const client = await imapClient(settings.imap, settings)
  let late: NodeJS.Timeout | undefined
  const hangUp = (): void => {
    if (client.authenticated === false) client.close()
    else late = setTimeout(() => client.close(), FINISH_MS)
  }
  signal.addEventListener('abort', hangUp, { once: true })
  try {
    if (isOver(signal)) return
    await client.connect()
    const mailbox = await openMailbox(client, settings.imap.mailbox)
    const look = createLook({ ...options, mailbox, store, cursor: parseCursor(await sink.readCursor(account.id)) })
    onConnected()
    await stay(options, { client, mailbox, look }, signal)
  } finally {
    clearTimeout(late)
    signal.removeEventListener('abort', hangUp)
    client.close()
  }
}

interface Stay {
  readonly client: ImapFlow
  readonly mailbox: Mailbox
  readonly look: (signal: AbortSignal) => Promise<string | null>
}

/** Looks, waits for news by IDLE, looks again. */
const stay = async (options: ReceiverOptions, { client, mailbox, look }: Stay, signal: AbortSignal): Promise<void> => {
  const { account, sink, pace } = options
  const news: Wakeable = { wake: () => undefined, woken: false }
  const wake = (): void => {
    news.woken = true
    news.wake()
  }
  client.on('exists', wake)
  client.on('close', wake)
  let failedLooks = 0
  let reported: string | null | undefined
  while (!isOver(signal)) {
    const byClock = !news.woken
    news.woken = false
    if (byClock && reported !== undefined) await mailbox.reopen()
    const failure = await look(signal)
    failedLooks = failure === null ? 0 : failedLooks + 1
    if (byClock || failure !== reported) {
      sink.report(
        account.id,
        failure === null ? { kind: 'ok' } : { kind: 'failing', reason: `letters are not stored: ${failure}` },
      )
      reported = failure
    }
    if (isOver(signal)) return
    const retryMs = Math.min(pace.storeRetryFirstMs * 2 ** (failedLooks - 1), pace.storeRetryMaxMs)
    client.idle().catch(() => undefined)
    await untilWoken({ signal, timeoutMs: failure === null ? pace.lookMs : retryMs, wakeable: news })
    if (!client.usable && !isOver(signal)) throw Object.assign(new Error('connection lost'), { code: 'NoConnection' })
  }
}

interface LookOptions extends ReceiverOptions {
  readonly mailbox: Mailbox
  readonly store: LetterStore
  readonly cursor: MailboxCursor | null
}

interface Batch {
  readonly failure: string | null
  readonly through: number | null
  readonly giveUp: boolean
}

/**
 * Takes everything that is new, and moves the cursor behind what is stored without a gap. Gives null when all of it is stored or
 * set aside, a text: why something is not.
 */
const createLook = (options: LookOptions): ((signal: AbortSignal) => Promise<string | null>) => {
  const { account, sink, log, mailbox } = options
  let { cursor } = options
  let newestAt: Date | null = null
  /** Stored, but above the cursor because an earlier one is not. */
  const ahead = new Set<number>()
  /** Of which numbering of the mailbox these are. */
  let aheadOf = mailbox.uidValidity

  const advance = async (uid: number): Promise<void> => {
    const next = moveCursor(cursor, { uidValidity: mailbox.uidValidity, uid, newestAt })
    if (next.uid === cursor?.uid && next.uidValidity === cursor.uidValidity) return
    await sink.writeCursor(account.id, next)
    cursor = next
    for (const behind of [...ahead]) if (behind <= next.uid) ahead.delete(behind)
  }

  /** `through`: up to there every letter of the batch is stored. */
  const takeBatch = async (uids: readonly number[], signal: AbortSignal): Promise<Batch> => {
    let failure: string | null = null
    let failedInARow = 0
    let through: number | null = null
    for (const letter of await mailbox.list(uids)) {
      if (isOver(signal)) return { failure, through, giveUp: true }
      const outcome = await options.store.take(mailbox, letter)
      failedInARow = outcome === null ? 0 : failedInARow + 1
      failure ??= outcome
      if (failedInARow >= STORE_FAILURES_IN_A_ROW) return { failure, through, giveUp: true }
      if (outcome !== null) continue
      ahead.add(letter.uid)
      if (failure === null) through = letter.uid
      if (letter.takenAt !== null && (newestAt === null || letter.takenAt > newestAt)) newestAt = letter.takenAt
    }
    return { failure, through: failure === null ? (uids.at(-1) ?? null) : through, giveUp: false }
  }

  return async (signal) => {
    if (aheadOf !== mailbox.uidValidity) {
      // Made anew: the same numbers are other letters.
      ahead.clear()
      aheadOf = mailbox.uidValidity
    }
    const end = mailbox.uidNext - 1
    const search = searchFrom(cursor, mailbox.uidValidity)
    if (search.kind === 'again') log.info({ channel: account.id }, 'the mailbox was made anew: looking through it again')
    const found = await mailbox.find(search)
    const uids = found.filter((uid) => !ahead.has(uid))
    let failure: string | null = null
    for (let from = 0; from < uids.length; from += BATCH) {
      const { through, giveUp, ...outcome } = await takeBatch(uids.slice(from, from + BATCH), signal)
      // Another search than by UID leaves letters out between those that it finds: it counts only as a whole.
      if (failure === null && through !== null && search.kind === 'after') await advance(through)
      failure ??= outcome.failure
      if (giveUp) return failure
    }
    if (failure === null) await advance(Math.max(end, found.at(-1) ?? 0))
    return failure
  }
}

interface LetterStore {
  /** Null: stored, set aside or gone, and marked as seen; a text: why it could not be stored. Throws when the connection is lost. */
  take(mailbox: Mailbox, letter: ListedLetter): Promise<string | null>
}

/** Brings single letters to the sink. Outlives connections, so that it knows how often a letter has failed. */
const createLetterStore = ({ account, settings, sink, reader, log }: ReceiverOptions): LetterStore => {
  const tries = new Map<string, number>()

  const refuse = async (mailbox: Mailbox, { uid, sizeBytes }: ListedLetter): Promise<string | null> => {
    const externalId = await mailbox.idOf(uid)
    if (externalId === null) return null
    return attempt(() => sink.setAside(account.id, { externalId, reason: 'too_large', sizeBytes, raw: null }))
  }

  const store = async (key: string, raw: Buffer): Promise<string | null> => {
    const failure = await attempt(async () => {
      const reading = await reader.read(raw, { ownAddress: settings.address, envelopeFrom: null })
      if (reading.kind === 'message') await sink.deliver(account.id, reading.message)
      else await sink.setAside(account.id, reading.item)
    })
    if (failure === null) {
      tries.delete(key)
      return null
    }
    const count = (tries.get(key) ?? 0) + 1
    tries.set(key, count)
    log.warn({ channel: account.id, count, reason: failure }, 'a letter was not stored')
    if (count < STORE_TRIES_MAX) return failure
    const refused = await attempt(() => sink.setAside(account.id, asideOf(raw, 'not_stored')))
    if (refused === null) tries.delete(key)
    return refused
  }

  return {
    take: async (mailbox, letter) => {
      const raw = letter.sizeBytes > MAIL_SIZE_BYTES_MAX ? null : await mailbox.fetch(letter.uid)
      const isTooLarge = letter.sizeBytes > MAIL_SIZE_BYTES_MAX || (raw !== null && raw.length > MAIL_SIZE_BYTES_MAX)
      if (raw === null && !isTooLarge) return null
      const failure =
        raw === null || isTooLarge ? await refuse(mailbox, letter) : await store(`${mailbox.uidValidity} ${letter.uid}`, raw)
      if (failure === null && !(await mailbox.markSeen(letter.uid))) {
        log.warn(
          { channel: account.id, uid: letter.uid },
          'the mailbox keeps no flags: the letter is stored but stays unread there',
        )
      }
      return failure
    },
  }
}

/** Null, or why it failed: a store that fails must not end the connection. */
const attempt = async (act: () => Promise<unknown>): Promise<string | null> => {
  try {
    await act()
    return null
  } catch (error) {
    return messageOf(error)
  }
}
