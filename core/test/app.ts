import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { WebSocket } from 'ws'
import type { LiveFrame } from '@oco/contract'
import { createApp, type App, type Started } from '../src/app.ts'
import type { Config } from '../src/config/config.ts'
import { systemClock } from '../src/kernel/clock.ts'
import { newId } from '../src/kernel/ids.ts'
import { goThroughFirstRun, PASSWORD, type FirstRunMade } from './first-run.ts'
import { testDatabase, testLog, type TestDatabase } from './harness.ts'
import { HttpClient } from './http-client.ts'
import { writeTestRing } from './test-vault.ts'

export { PASSWORD }

export interface TestApp {
  readonly app: App
  readonly started: Started
  readonly db: TestDatabase
  readonly config: Config
  /** A client that has not signed in. */
  client(): HttpClient
  stop(): Promise<void>
}

/** The whole product in this process, on a free port, and on a database of its own or beside another one on the same. */
export const startTestApp = async (change: Partial<Config> = {}, beside?: TestApp): Promise<TestApp> => {
  const db = beside?.db ?? (await testDatabase())
  const dataDir = await mkdtemp(join(tmpdir(), 'oco-app-'))
  const keys = await db.keys()
  const ringPath = join(dataDir, 'key-ring.json')
  if (beside === undefined) await writeTestRing(ringPath)
  const config: Config = {
    dataDir,
    host: '127.0.0.1',
    port: 0,
    database: { kind: 'outside', main: { url: db.url, ownerUrl: db.ownerUrl }, keys },
    blobs: { places: ['table'], folder: null, s3: null },
    lmtp: { host: '127.0.0.1', port: 0 },
    logLevel: 'silent',
    logTo: 'stdout',
    demo: false,
    demoPassword: null,
    trustedProxies: [],
    uiDir: fileURLToPath(new URL('../../ui/dist', import.meta.url)),
    node: newId(),
    secretKey: beside?.config.secretKey ?? randomBytes(32),
    keyRing: beside?.config.keyRing ?? { path: ringPath, passphrase: null },
    erasures: { backupDays: 30, keysBackupDays: 14, file: join(dataDir, 'erasures.jsonl') },
    providers: { pkcs11: null, cryptopro: null },
    version: '0.0.0-test',
    ...change,
  }
  const app = await createApp({
    config,
    databaseUrl: db.url,
    keysDatabaseUrl: keys.url,
    log: testLog,
    clock: systemClock,
    checkAnswers: true,
  })
  const started = await app.start()
  return {
    app,
    started,
    db,
    config,
    client: () => new HttpClient(started.address),
    async stop() {
      await app.stop()
      if (beside === undefined) await db.drop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

export interface FirstRun extends FirstRunMade {
  readonly admin: HttpClient
  readonly agent: HttpClient
}

/** Goes through the first-run wizard, and signs its two people in. */
export const completeFirstRun = async (
  test: Pick<TestApp, 'started' | 'client'>,
  change: Parameters<typeof goThroughFirstRun>[1] = {},
): Promise<FirstRun> => {
  const made = await goThroughFirstRun({ address: test.started.address, code: test.started.setupCode ?? '' }, change)
  return {
    ...made,
    admin: await test.client().signIn('admin', PASSWORD),
    agent: await test.client().signIn('agent', PASSWORD),
  }
}

export interface LivePage {
  readonly frames: LiveFrame[]
  /** The next frame, of those from now on, that fits. */
  next(fits: (frame: LiveFrame) => boolean): Promise<LiveFrame>
  send(frame: unknown): void
  /** Resolves when the connection has ended, whoever ended it: the code of its end. */
  readonly closed: Promise<number>
  close(): Promise<void>
}

/** A page's live connection; resolves when it has been greeted. */
export const openLive = async (client: HttpClient, cursor?: string): Promise<LivePage> => {
  const url = new URL('/api/v1/live', client.address.replace(/^http/, 'ws'))
  if (cursor !== undefined) url.searchParams.set('cursor', cursor)
  const socket = new WebSocket(url, { headers: { cookie: client.cookie } })
  const frames: LiveFrame[] = []
  const waiting = new Set<{ fits: (frame: LiveFrame) => boolean; found: (frame: LiveFrame) => void }>()
  socket.on('message', (data: Buffer) => {
    const frame = JSON.parse(data.toString('utf8')) as LiveFrame
    frames.push(frame)
    for (const waiter of waiting) {
      if (!waiter.fits(frame)) continue
      waiting.delete(waiter)
      waiter.found(frame)
    }
  })
  const next = (fits: (frame: LiveFrame) => boolean): Promise<LiveFrame> =>
    new Promise((found) => {
      waiting.add({ fits, found })
    })
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  const greeted = next(({ kind }) => kind === 'hello' || kind === 'reload')
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  socket.on('error', () => undefined)
  const ended = closed.then((code) => Promise.reject(new Error(`the live connection was closed: ${code}`)))
  ended.catch(() => undefined)
  await Promise.race([greeted, ended])
  return {
    frames,
    next,
    send(frame) {
      socket.send(JSON.stringify(frame))
    },
    closed,
    async close() {
      socket.close()
      await closed
    },
  }
}
