import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { placeOf, socketFolderOf } from '../src/platform/embedded-place.ts'
import { freePorts } from './peers/foreground.ts'
import { addressIn, startProduct, type Product } from './product.ts'

/** The product as it ships: compiled, a process of its own, on a data folder that was empty, with the database that it brings along. */
export interface Appliance {
  /** Stays the same over a restart. */
  readonly address: string
  readonly lmtpPort: number
  readonly dataDir: string
  /** Of the first-run wizard, from the line that the product printed last; empty where the wizard is shut. */
  readonly setupCode: string
  /** Of the embedded database, as its owner: for looking at what is left. */
  readonly ownerUrl: string
  /** kill -9. The database stays behind, running. Throws where the product had ended by itself before. */
  kill(): Promise<void>
  /** Processes of it that a kill has ended. */
  readonly kills: number
  /** Starts it anew, after a kill. */
  start(): Promise<void>
  /** Starts it after a kill and kills it again so soon, wherever it is then. */
  startAndKill(afterMs: number): Promise<void>
  /** Stops it as Ctrl-C does, database and all, and removes its data. Throws where it did not end cleanly. */
  stop(): Promise<void>
}

const COMPILED = ['core/dist/product/main.js']

export interface ApplianceOptions {
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export const startAppliance = async ({ args = [], env = {} }: ApplianceOptions = {}): Promise<Appliance> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'oco-story-'))
  // The embedded server may run as another user, who must reach its own folder below.
  await chmod(dataDir, 0o711)
  const [port = 0, lmtpPort = 0] = await freePorts(2)
  let product: Product
  let line = ''
  let running = false
  let kills = 0

  const launch = (): void => {
    const ports = { OCO_PORT: String(port), OCO_LMTP_PORT: String(lmtpPort) }
    product = startProduct({ dataDir, args, command: COMPILED, env: { ...ports, ...env } })
  }
  const start = async (): Promise<void> => {
    launch()
    line = await product.ready
    running = true
  }

  const kill = async (): Promise<void> => {
    running = false
    product.signal('SIGKILL')
    const { code, signal, faults } = await product.ended
    if (signal !== 'SIGKILL') throw new Error(`the product had ended by itself, with ${String(code ?? signal)}: ${faults}`)
    kills++
  }

  await start()
  return {
    address: addressIn(line),
    lmtpPort,
    dataDir,
    get setupCode() {
      return /код первой настройки: (\S+)/.exec(line)?.[1] ?? ''
    },
    get ownerUrl() {
      const place = placeOf(dataDir)
      return `postgresql://oco_owner:${place.passwords.owner}@${encodeURIComponent(socketFolderOf(place))}:5432/oco`
    },
    kill,
    get kills() {
      return kills
    },
    start,
    async startAndKill(afterMs) {
      launch()
      await pause(afterMs)
      await kill()
    },
    async stop() {
      // What a kill has left is stopped by the next start and its end.
      if (!running) await start()
      product.signal('SIGTERM')
      const { code, faults } = await product.ended
      await rm(dataDir, { recursive: true, force: true })
      if (code !== 0) throw new Error(`the product ended with ${String(code)}: ${faults}`)
    },
  }
}
