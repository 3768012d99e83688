import { setTimeout as pause } from 'node:timers/promises'
import { createTransport } from 'nodemailer'
import { LOOPBACK } from '../../peers/foreground.ts'
import { SUPPORT, type MailPeer } from '../../peers/mail-peer.ts'
import type { Random } from '../../random.ts'
import { WAY_IN_ID } from './steps.ts'

export const RELAY_ADDRESS = 'desk@relay.test'
/** So many people write: some of them at the same time for the first time. */
const WRITERS = 97
/** A way may be ahead of the answers of either by such a share, so that both ways are in use as long as the kills last. */
const AHEAD_SHARE = 0.08
const AHEAD_MIN = 4
const AHEAD_MAX = 30
const FIRST_AT = Date.UTC(2026, 0, 1)
const RETRY_MS = 100
const SILENCE_MAX_MS = 5_000

export interface Letter {
  readonly index: number
  readonly way: 'imap' | 'lmtp'
  readonly messageId: string
  readonly subject: string
  readonly from: string
  /** A relay repeats the bytes that it has: with another date it would be another letter of the same Message-ID. */
  readonly date: Date
}

export const makeLetters = (count: number, random: Random): Letter[] =>
  Array.from({ length: count }, (_, index) => {
    const way = index % 2 === 0 ? 'imap' : 'lmtp'
    return {
      index,
      way,
      messageId: `<letter-${index}${WAY_IN_ID[way]}${random.seed}@writers.test>`,
      subject: `Письмо ${index}`,
      from: `writer${random.below(WRITERS)}@writers.test`,
      date: new Date(FIRST_AT + index * 1_000),
    }
  })

/** Which letter a conversation began with. */
export const indexIn = (subject: string): number => Number(/^Письмо (\d+)$/.exec(subject)?.[1] ?? Number.NaN)

export interface Post {
  /** Letters that a relay had to hand over more than once, because no answer came. */
  readonly repeated: number
  /** Resolves when every letter is in the mailbox or acknowledged by core. */
  readonly handedOver: Promise<void>
  end(): void
}

/**
 * Hands the letters over: half of them into the mailbox by SMTP, half to core by LMTP, as a relay does that repeats until it is told that
 * a letter is stored. `answered`: how many letters of this way are answered by now.
 */
export const startPost = (options: {
  readonly letters: readonly Letter[]
  readonly peer: MailPeer
  readonly lmtpPort: number
  readonly answered: (way: Letter['way']) => number
}): Post => {
  const ahead = Math.min(AHEAD_MAX, Math.max(AHEAD_MIN, Math.ceil(options.letters.length * AHEAD_SHARE)))
  let repeated = 0
  let ended = false

  const relay = async (letter: Letter): Promise<void> => {
    for (let attempt = 1; !ended; attempt++) {
      if (attempt === 2) repeated++
      try {
        await overLmtp(options.lmtpPort, letter)
        return
      } catch {
        await pause(RETRY_MS)
      }
    }
  }

  const handOver = async (way: Letter['way'], send: (letter: Letter) => Promise<void>): Promise<void> => {
    const own = options.letters.filter((letter) => letter.way === way)
    for (const [sent, letter] of own.entries()) {
      while (!ended && sent - Math.min(options.answered('imap'), options.answered('lmtp')) >= ahead) await pause(20)
      if (ended) return
      await send(letter)
    }
  }

  const handedOver = Promise.all([
    handOver('imap', (letter) => options.peer.send({ ...matter(letter), to: SUPPORT.address })),
    handOver('lmtp', relay),
  ]).then(() => undefined)
  handedOver.catch(() => undefined)
  return {
    get repeated() {
      return repeated
    },
    handedOver,
    end() {
      ended = true
    },
  }
}

const matter = ({ messageId, subject, from, date }: Letter) => ({
  messageId,
  subject,
  from,
  date,
  text: `Здравствуйте! ${subject}: прошу ответить.`,
})

const overLmtp = async (port: number, letter: Letter): Promise<void> => {
  const transport = createTransport({
    ...{ host: LOOPBACK, port, lmtp: true, ignoreTLS: true },
    connectionTimeout: SILENCE_MAX_MS,
    socketTimeout: SILENCE_MAX_MS,
  })
  try {
    const { rejected } = await transport.sendMail({ ...matter(letter), to: RELAY_ADDRESS })
    if (rejected.length > 0) throw new Error('refused for now')
  } finally {
    transport.close()
  }
}
