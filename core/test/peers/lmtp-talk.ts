import { connect } from 'node:net'
import { LOOPBACK } from './foreground.ts'

/** LMTP by hand, so that a test can act between two lines. */
export interface LmtpTalk {
  /** Says one line and gives the whole answer to it. */
  readonly say: (line: string) => Promise<string>
  readonly hangUp: () => void
}

export const openLmtpTalk = (port: number): Promise<LmtpTalk> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, LOOPBACK)
    let heard = ''
    let onAnswer: ((answer: string) => void) | null = null
    socket.setEncoding('utf8')
    socket.on('error', reject)
    socket.on('data', (chunk: string) => {
      heard += chunk
      if (!/^\d{3} .*\r\n$/m.test(heard) || onAnswer === null) return
      const answer = heard
      heard = ''
      onAnswer(answer)
    })
    const answer = (): Promise<string> => new Promise((done) => (onAnswer = done))
    const talk: LmtpTalk = {
      say: (line) => {
        const next = answer()
        socket.write(`${line}\r\n`)
        return next
      },
      hangUp: () => socket.destroy(),
    }
    void answer().then(() => resolve(talk))
  })
