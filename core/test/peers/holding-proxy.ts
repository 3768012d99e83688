import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { LOOPBACK } from './foreground.ts'

export type Direction = 'to-server' | 'to-client'

/** A connection between two programs that can be stopped at a word, as a cut cable would stop it: what comes then does not arrive. */
export interface HoldingProxy {
  readonly port: number
  /** From now on: whatever contains `words` in this direction stays here. Resolves when it has come. */
  hold(direction: Direction, words: string): Promise<void>
  /** Breaks every connection that holds something; new ones pass as before. */
  letGo(): void
  stop(): Promise<void>
}

interface Hold {
  readonly direction: Direction
  readonly words: string
  readonly reached: () => void
}

export const startHoldingProxy = async (targetPort: number): Promise<HoldingProxy> => {
  let hold: Hold | null = null
  const open = new Set<Socket>()
  const held = new Set<Socket>()

  const pass = (from: Socket, to: Socket, direction: Direction): void => {
    from.on('data', (chunk: Buffer) => {
      if (held.has(from) || held.has(to)) return
      if (hold?.direction === direction && chunk.includes(hold.words)) {
        held.add(from)
        hold.reached()
        return
      }
      to.write(chunk)
    })
    from.on('error', () => undefined)
    from.on('close', () => {
      for (const set of [open, held]) set.delete(from)
      to.destroy()
    })
    open.add(from)
  }

  const server = createServer((client) => {
    const upstream = connect(targetPort, LOOPBACK)
    pass(client, upstream, 'to-server')
    pass(upstream, client, 'to-client')
  })
  await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve))
  return {
    port: (server.address() as AddressInfo).port,
    hold: (direction, words) =>
      new Promise((reached) => {
        hold = { direction, words, reached }
      }),
    letGo() {
      hold = null
      for (const socket of held) socket.destroy()
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of open) socket.destroy()
      }),
  }
}
