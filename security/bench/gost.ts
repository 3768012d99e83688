import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createCipheriv, createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { withoutPrograms } from '../../core/test/peers/debian-packages.ts'
import { gostCryptoProvider } from '../gost/gost-crypto/provider.ts'
import { ENGINE_PROGRAM, opensslProvider } from '../gost/openssl/provider.ts'
import type { Signature } from '../gost/operations.ts'
import { createSealedBox } from '../gost/sealed-box.ts'
import { importKey } from '../gost/secret-key.ts'
import { gostCryptoOperations } from '../gost/test/gost-crypto-operations.ts'
import { wasmProvider } from '../gost/wasm/provider.ts'

/**
 * Our ciphers, hash, records and signatures beside gost-engine inside Node, gost-crypto, and the engine under `openssl speed`: in turns in one
 * run, by the CPU that each takes in user mode, so that a busy machine slows all alike. Ratios are medians of those within a turn.
 */

const TEXT_BYTES = 64 * 1024
const RECORD_BYTES = 200
const CALLS_A_LOOK = 20
/** What a turn of one contender lasts at least. */
const TURN_MS = 150
const ENGINE_IV_BYTES = { kuznyechik: 8, magma: 4 } as const

const options = (): { rounds: number } => {
  const { values } = parseArgs({ options: { rounds: { type: 'string' }, seed: { type: 'string' } } })
  const rounds = values.rounds === undefined ? 7 : Number(values.rounds)
  assert.ok(Number.isInteger(rounds) && rounds > 0, 'rounds: a positive whole number')
  return { rounds }
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

interface Contender {
  readonly name: string
  /** Units a call does: bytes or calls. */
  readonly units: number
  readonly run: () => unknown
}
interface Race {
  readonly name: string
  readonly unit: 'MB/s' | '1/s'
  readonly contenders: readonly Contender[]
}

/** Units in a second of user CPU. */
const measure = async ({ units, run }: Contender): Promise<number> => {
  const before = process.cpuUsage().user
  const end = performance.now() + TURN_MS
  let calls = 0
  do {
    // Looking at the clock, and waiting for what is no promise, would be a good part of a short call.
    for (let call = 0; call < CALLS_A_LOOK; call++) {
      const made = run()
      if (made instanceof Promise) await made
    }
    calls += CALLS_A_LOOK
  } while (performance.now() < end)
  return (calls * units * 1e6) / (process.cpuUsage().user - before)
}

const races = async (): Promise<Race[]> => {
  const wasm = wasmProvider()
  const plain = wasmProvider({ simd: false })
  const [ours, slower, old] = [wasm.operations, plain.operations, gostCryptoOperations()]
  const bytes = randomBytes(32)
  const key = importKey(bytes)
  const text = randomBytes(TEXT_BYTES)
  const short = randomBytes(8 * 1024)
  const record = randomBytes(RECORD_BYTES)
  const [nonce, bound] = [randomBytes(16), Buffer.from('message body 0198c0de-0000-7000-8000-000000000001')]
  nonce[0] = (nonce[0] ?? 0) & 0x7f

  const stream = (name: 'kuznyechik-ctr' | 'magma-ctr' | 'kuznyechik-ctr-acpkm'): Contender[] => {
    const cipher = name.startsWith('magma') ? 'magma' : 'kuznyechik'
    const iv = randomBytes(ENGINE_IV_BYTES[cipher])
    const started = [ours, slower].map((operations) => {
      const mode = operations[name]
      assert.ok(mode !== undefined)
      return mode.start(key, iv)
    })
    const engine = createCipheriv(name, bytes, iv)
    return [
      { name: 'wasm', units: TEXT_BYTES, run: () => started[0]?.update(text) },
      { name: 'wasm without SIMD', units: TEXT_BYTES, run: () => started[1]?.update(text) },
      { name: 'engine', units: TEXT_BYTES, run: () => engine.update(text) },
    ]
  }
  const mgm = ours['kuznyechik-mgm']
  const hash = ours['streebog-256']
  assert.ok(mgm !== undefined && hash !== undefined)
  const box = createSealedBox(mgm)
  const place = ['message', 'body', '0198c0de-0000-7000-8000-000000000001']
  const engineStream = createCipheriv('kuznyechik-ctr', bytes, randomBytes(8))
  const oldIv = randomBytes(8)
  return [
    {
      name: 'kuznyechik-ctr',
      unit: 'MB/s',
      contenders: [
        ...stream('kuznyechik-ctr'),
        { name: 'gost-crypto', units: short.length, run: () => old['kuznyechik-ctr'].start(key, oldIv).update(short) },
      ],
    },
    { name: 'kuznyechik-ctr-acpkm', unit: 'MB/s', contenders: stream('kuznyechik-ctr-acpkm') },
    {
      name: 'kuznyechik-mgm',
      unit: 'MB/s',
      contenders: [
        { name: 'wasm', units: TEXT_BYTES, run: () => mgm.seal(key, { nonce, bound, text }) },
        { name: 'wasm without SIMD', units: TEXT_BYTES, run: () => slower['kuznyechik-mgm']?.seal(key, { nonce, bound, text }) },
        { name: 'engine', units: TEXT_BYTES, run: () => engineStream.update(text) },
      ],
    },
    { name: 'magma-ctr', unit: 'MB/s', contenders: stream('magma-ctr') },
    {
      name: 'streebog-256',
      unit: 'MB/s',
      contenders: [
        { name: 'wasm', units: TEXT_BYTES, run: () => digest(hash, text) },
        { name: 'engine', units: TEXT_BYTES, run: () => createHash('md_gost12_256').update(text).digest() },
        { name: 'gost-crypto', units: short.length, run: () => digest(old['streebog-256'], short) },
      ],
    },
    {
      name: 'records',
      unit: '1/s',
      contenders: [
        { name: 'wasm', units: 1, run: () => box.seal({ key, version: 1 }, place, record) },
        { name: 'engine', units: 1, run: () => createCipheriv('kuznyechik-ctr', bytes, nonce.subarray(0, 8)).update(record) },
      ],
    },
    ...(await signatureRaces()),
  ]
}

const digest = (hash: { start(): { update(bytes: Uint8Array): void; finish(): Uint8Array } }, bytes: Uint8Array): Uint8Array => {
  const stream = hash.start()
  stream.update(bytes)
  return stream.finish()
}

const signatureRaces = async (): Promise<Race[]> => {
  const [engine, old] = [opensslProvider(), gostCryptoProvider(wasmProvider().operations)].map(
    (provider) => provider?.operations['gost3410-2012-256'],
  )
  assert.ok(engine !== undefined && old !== undefined)
  const pair = await old.generate('tc26-256-b')
  const message = randomBytes(32)
  const signature = await old.sign(pair.signing, message)
  const sign = (by: Signature) => () => by.sign(pair.signing, message)
  const verify = (by: Signature) => async () => {
    assert.equal(await by.verify(pair.verifying, message, signature), true)
  }
  const both = (act: (by: Signature) => () => Promise<unknown>): Contender[] => [
    { name: 'engine', units: 1, run: act(engine) },
    { name: 'gost-crypto', units: 1, run: act(old) },
  ]
  return [
    { name: 'sign', unit: '1/s', contenders: both(sign) },
    { name: 'verify', unit: '1/s', contenders: both(verify) },
  ]
}

/** The engine without Node around it, as `openssl speed` counts it: bytes in a second. */
const opensslSpeed = async (enginePath: string, name: string): Promise<number | null> => {
  const folder = await mkdtemp(join(tmpdir(), 'oco-bench-'))
  const config = join(folder, 'openssl.cnf')
  await writeFile(
    config,
    `openssl_conf = top\n[top]\nengines = engines\n[engines]\ngost = gost\n[gost]\nengine_id = gost\ndynamic_path = ${enginePath}\ndefault_algorithms = ALL\n`,
  )
  try {
    const { stdout } = await promisify(execFile)(
      'openssl',
      ['speed', '-evp', name, '-seconds', '1', '-bytes', String(TEXT_BYTES), '-mr'],
      { env: { ...process.env, OPENSSL_CONF: config } },
    )
    const speed = /^\+F:\d+:[^:]+:([\d.]+)/m.exec(stdout)?.[1]
    return speed === undefined ? null : Number(speed)
  } finally {
    await rm(folder, { recursive: true })
  }
}

const SPEED_NAMES: Readonly<Record<string, string>> = {
  'kuznyechik-ctr': 'kuznyechik-ctr',
  'kuznyechik-ctr-acpkm': 'kuznyechik-ctr-acpkm',
  'magma-ctr': 'magma-ctr',
  'streebog-256': 'md_gost12_256',
}

const main = async (): Promise<void> => {
  const { rounds } = options()
  const missing = await withoutPrograms([ENGINE_PROGRAM])
  assert.equal(missing, null, missing ?? '')
  const engine = opensslProvider()
  assert.ok(engine !== null, 'the engine does not load')
  const ratios = new Map<string, number>()
  for (const race of await races()) {
    const speeds = race.contenders.map((): number[] => [])
    for (let round = 0; round <= rounds; round++) {
      for (const [index, contender] of race.contenders.entries()) {
        const speed = await measure(contender)
        // The first round warms up.
        if (round > 0) speeds[index]?.push(speed)
      }
    }
    const peer = race.contenders.findIndex(({ name }) => name === 'engine')
    const cells = race.contenders.map(({ name }, index) => {
      const own = speeds[index] ?? []
      const ratio = median(own.map((speed, round) => speed / (speeds[peer]?.[round] ?? Number.NaN)))
      if (index === 0) ratios.set(race.name, ratio)
      const figure = race.unit === 'MB/s' ? (median(own) / 1e6).toFixed(1) : median(own).toFixed(0)
      return `${name} ${figure}${index === peer ? '' : ` (${ratio.toFixed(2)} x engine)`}`
    })
    const alone =
      SPEED_NAMES[race.name] === undefined ? null : await opensslSpeed(ENGINE_PROGRAM.path, SPEED_NAMES[race.name] ?? '')
    const outside = alone === null ? '' : `, openssl speed ${(alone / 1e6).toFixed(1)}`
    console.log(`${race.name}, ${race.unit}: ${cells.join(', ')}${outside}`)
  }
  const [ctr, mgm, hash, records] = ['kuznyechik-ctr', 'kuznyechik-mgm', 'streebog-256', 'records'].map((name) =>
    (ratios.get(name) ?? Number.NaN).toFixed(2),
  )
  console.log(
    `gost: kuznyechik-ctr ${String(ctr)} x engine, mgm ${String(mgm)} x engine ctr, streebog ${String(hash)} x engine, records ${String(records)} x engine`,
  )
}

await main()
process.exit(0)
