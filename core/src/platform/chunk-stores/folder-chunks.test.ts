import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { execPath } from 'node:process'
import { BLOB_CHUNK_BYTES } from '../../../test/blob-stores.ts'
import { testDatabase, type TestDatabase } from '../../../test/harness.ts'
import { newId } from '../../kernel/ids.ts'
import { BlobFault } from '../blob-fault.ts'
import { intakeOwner } from '../vault/index.ts'
import { BLOB_GRACE_MS, createBlobs, type Blobs } from '../blobs.ts'
import type { ChunkStore } from '../chunk-store.ts'
import { folderChunks } from './folder-chunks.ts'

/** Puts chunks for ever, each filled with its own position, and names each that is there. */
const WRITER = `
const { folderChunks } = await import(process.argv[1])
const store = folderChunks({ root: process.argv[2], namespace: () => Promise.resolve(process.argv[3]) })
for (let position = 0; ; position++) {
  await store.put(null, process.argv[4], position, Buffer.alloc(${String(BLOB_CHUNK_BYTES)}, position % 256))
  process.stdout.write(position + '\\n')
}`
const KILLED_AFTER = 25

describe('a folder of chunks', () => {
  let db: TestDatabase
  let root: string
  let store: ChunkStore
  let blobs: Blobs
  const namespace = newId()

  before(async () => {
    db = await testDatabase()
  })
  after(() => db.drop())
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'oco-folder-'))
    store = folderChunks({ root, namespace: () => Promise.resolve(namespace) })
    blobs = createBlobs({ clock: db.clock, stores: [store], onLeftBehind: (error) => assert.fail(String(error)) })
  })
  afterEach(() => rm(root, { recursive: true }))

  const paths = async (): Promise<string[]> => {
    const entries = await readdir(root, { recursive: true, withFileTypes: true })
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  }
  const write = (bytes: Buffer): Promise<string> =>
    db.database
      .transaction((tx) => blobs.write(tx, bytes, { owner: intakeOwner(db.clock.now()), limitBytes: bytes.length }))
      .then(({ id }) => id)

  it('is for its owner alone, two levels of folders deep', async () => {
    const id = await write(Buffer.alloc(BLOB_CHUNK_BYTES + 1, 7))
    const folder = join(root, namespace, id.slice(-2), id.slice(-4, -2), id)
    assert.deepEqual((await paths()).sort(), [join(folder, '0'), join(folder, '1')])
    for (let path = join(folder, '0'); path !== root; path = dirname(path)) {
      assert.equal((await stat(path)).mode & 0o777, basename(path) === '0' ? 0o600 : 0o700, path)
    }
  })

  it('has whole chunks alone under their names after kill -9, and sweeps what lies beside them', async () => {
    const id = newId(db.clock.now())
    const module = new URL('./folder-chunks.ts', import.meta.url).href
    const args = ['--import', 'tsx', '--conditions=oco-source', '--input-type=module', '-e', WRITER, module, root, namespace, id]
    const child = spawn(execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)))
    let said = ''
    for await (const part of child.stdout) {
      said += String(part)
      if (said.split('\n').length > KILLED_AFTER) child.kill('SIGKILL')
    }
    assert.equal(await ended, 'SIGKILL')
    const named = (await paths()).filter((path) => /\/\d+$/.test(path))
    assert.ok(named.length >= KILLED_AFTER)
    for (const path of named) {
      const bytes = await readFile(path)
      assert.deepEqual(bytes, Buffer.alloc(BLOB_CHUNK_BYTES, Number(basename(path)) % 256))
    }
    // Where the kill fell between two chunks: what it leaves in the middle of one.
    await writeFile(join(dirname(named[0] ?? ''), `.${String(named.length)}.0123456789ab`), Buffer.alloc(1_000))
    assert.equal(await store.get(db.database.read, id, named.length + 1), null)
    db.clock.advance(BLOB_GRACE_MS + 1)
    while (await blobs.sweep(db.database, db.clock.now()));
    assert.deepEqual(await paths(), [])
  })

  it('does not see a half that a crash left, and removes it with its blob', async () => {
    const id = await write(Buffer.from('счёт'))
    const [path = ''] = await paths()
    await writeFile(join(dirname(path), '.0.0123456789ab'), 'сч')
    assert.deepEqual(await blobs.read(db.database.read, id), Buffer.from('счёт'))
    await db.database.transaction((tx) => blobs.remove(tx, [id]))
    await blobs.settled()
    assert.deepEqual(await paths(), [])
  })

  it('says with a code what the file system refuses, and leaves no half behind', async () => {
    const id = newId()
    await db.database.transaction((tx) => store.put(tx, id, 0, Buffer.from('a')))
    const folder = dirname((await paths())[0] ?? '')
    // A file stands where the blob's folder would be.
    await rm(folder, { recursive: true })
    await writeFile(folder, 'no folder')
    const putting = db.database.transaction((tx) => store.put(tx, id, 0, Buffer.from('a')))
    await assert.rejects(putting, (error) => error instanceof BlobFault && error.code === 'store_refused')
    await assert.rejects(
      store.get(db.database.read, id, 0),
      (error) => error instanceof BlobFault && error.code === 'store_refused',
    )
    assert.deepEqual(await paths(), [folder])
  })
})
