import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { KeyRing, SecretKey } from '@oco/security'
import type { PostgresServer } from '../../postgres.ts'

const run = promisify(execFile)
const OUTPUT_MAX = 1024 * 1024 * 1024

/** A dump as `pg_dump` writes it. */
export const dump = async (server: PostgresServer, database: string, path: string): Promise<void> => {
  const url = server.url('postgres', database)
  await run(join(server.binFolder, 'pg_dump'), ['--no-owner', '--no-privileges', `--file=${path}`, url], {
    maxBuffer: OUTPUT_MAX,
  })
}

/** A database out of a dump; its name. */
export const restore = async (server: PostgresServer, path: string, database: string): Promise<string> => {
  await server.administer(`create database ${database}`)
  const arguments_ = ['--quiet', '--no-psqlrc', '--set=ON_ERROR_STOP=1', `--file=${path}`, server.url('postgres', database)]
  await run(join(server.binFolder, 'psql'), arguments_, { maxBuffer: OUTPUT_MAX })
  return server.url('postgres', database)
}

/** Some weeks of work pass: whatever of the write-ahead log is not needed any more goes, as it does then. */
export const letLogGo = async (server: PostgresServer): Promise<void> => {
  for (let turn = 0; turn < 3; turn++) {
    await server.administer('create table of_weeks as select generate_series(1, 1000) as n; drop table of_weeks')
    await server.administer('select pg_switch_wal()')
    await server.administer('checkpoint')
  }
}

/** Every file of a folder and below it, one after the other. */
export async function* filesBelow(folder: string): AsyncGenerator<{ readonly path: string; readonly bytes: Buffer }> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    yield { path, bytes: await readFile(path).catch(() => Buffer.alloc(0)) }
  }
}

/** As bytes lie in pages and logs, and as a dump writes them. */
const formsOf = (value: string): Buffer[] => {
  const bytes = Buffer.from(value)
  return [bytes, Buffer.from(bytes.toString('hex')), Buffer.from(bytes.toString('base64').replace(/=+$/, ''))]
}

/** Where any of the values lies in plain text: what was found, and where. */
export const lyingPlainly = async (values: readonly string[], folders: readonly string[]): Promise<Map<string, string>> => {
  const found = new Map<string, string>()
  const forms = values.map((value) => ({ value, forms: formsOf(value) }))
  for (const folder of folders) {
    for await (const { path, bytes } of filesBelow(folder)) {
      for (const { value, forms: each } of forms) if (each.some((form) => bytes.includes(form))) found.set(value, path)
    }
  }
  return found
}

/** Of a wrapped key: its format, and the version of the key-encryption key. */
const WRAPPED_START = Buffer.from([1, 0, 0, 0, 1])
const WRAPPED_BYTES = 61

/** Every key that the ring unwraps out of any byte of these folders, raw or in hexadecimal, each once. */
export const keysLying = async (ring: KeyRing, folders: readonly string[]): Promise<SecretKey[]> => {
  const keys: SecretKey[] = []
  const seen = new Set<string>()
  const tryAt = (wrapped: Buffer): void => {
    const name = wrapped.toString('base64')
    if (wrapped.length !== WRAPPED_BYTES || seen.has(name)) return
    seen.add(name)
    try {
      keys.push(ring.unwrap(wrapped))
    } catch {
      // Something else that begins alike.
    }
  }
  const hexStart = Buffer.from(WRAPPED_START.toString('hex'))
  for (const folder of folders) {
    for await (const { bytes } of filesBelow(folder)) {
      for (let at = bytes.indexOf(WRAPPED_START); at !== -1; at = bytes.indexOf(WRAPPED_START, at + 1)) {
        tryAt(bytes.subarray(at, at + WRAPPED_BYTES))
      }
      for (let at = bytes.indexOf(hexStart); at !== -1; at = bytes.indexOf(hexStart, at + 1)) {
        tryAt(Buffer.from(bytes.subarray(at, at + 2 * WRAPPED_BYTES).toString('latin1'), 'hex'))
      }
    }
  }
  return keys
}
