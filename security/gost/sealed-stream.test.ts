import assert from 'node:assert/strict'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { buffer } from 'node:stream/consumers'
import { createSealedStreams, CHUNK_BYTES, SEALED_CHUNK_BYTES, type SealedStreams } from './sealed-stream.ts'
import { generateKey, type SecretKey } from './secret-key.ts'
import type { CryptoProvider } from './provider.ts'
import { wasmProvider } from './wasm/provider.ts'

describe('a sealed stream', () => {
  let provider: CryptoProvider
  let streams: SealedStreams
  let key: SecretKey
  const place = ['blob', '0198c0de-0000-7000-8000-000000000001']
  before(() => {
    provider = wasmProvider()
    const mgm = provider.operations['kuznyechik-mgm']
    assert.ok(mgm !== undefined)
    streams = createSealedStreams(mgm)
    key = generateKey()
  })
  after(() => provider.close())

  const pieces = async function* (bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
    for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size)
    await Promise.resolve()
  }
  const each = async function* (chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
    yield* chunks
    await Promise.resolve()
  }
  const seal = async (bytes: Uint8Array, size = 10_000): Promise<Buffer[]> => {
    const chunks: Buffer[] = []
    for await (const chunk of streams.seal({ key, version: 1 }, place, pieces(bytes, size))) chunks.push(chunk)
    return chunks
  }
  const open = (chunks: readonly Uint8Array[], by = key, where = place): Promise<Buffer> =>
    buffer(streams.open(() => by, where, each(chunks)))
  const bytesOf = (size: number): Buffer =>
    Buffer.from(Uint8Array.from({ length: size }, (_, index) => (index * 7 + (index >> 8)) & 255))

  it('gives back what went in, whatever its size and its pieces', async () => {
    for (const size of [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 20 * CHUNK_BYTES + 17]) {
      const bytes = bytesOf(size)
      for (const piece of [1_000, CHUNK_BYTES, 1_000_000]) {
        const chunks = await seal(bytes, piece)
        assert.equal(chunks.length, Math.max(1, Math.ceil(size / CHUNK_BYTES)))
        assert.ok(chunks.slice(0, -1).every((chunk) => chunk.length === SEALED_CHUNK_BYTES))
        assert.ok((await open(chunks)).equals(bytes))
      }
    }
  })

  it('can be opened in the middle', async () => {
    const bytes = bytesOf(5 * CHUNK_BYTES - 100)
    const chunks = await seal(bytes)
    for (const index of [3, 0, 4]) {
      const sealed = chunks[index] ?? Buffer.alloc(0)
      const text = streams.openChunk(() => key, place, { index, isLast: index === 4, sealed })
      assert.ok(bytes.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES).equals(text))
      assert.throws(() => streams.openChunk(() => key, place, { index, isLast: index !== 4, sealed }), { code: 'tag_mismatch' })
    }
  })

  it('does not open when chunks are missing, moved, repeated, changed, or of another stream', async () => {
    const chunks = await seal(bytesOf(4 * CHUNK_BYTES))
    const [first = Buffer.alloc(0), second = first, third = first, last = first] = chunks
    const others = await seal(bytesOf(4 * CHUNK_BYTES))
    const flipped = Buffer.from(second)
    flipped[100] = (flipped[100] ?? 0) ^ 1
    const broken: Record<string, readonly Buffer[]> = {
      'cut at a chunk': [first, second, third],
      'without its first chunk': [second, third, last],
      reordered: [first, third, second, last],
      repeated: [first, second, second, third, last],
      'repeated at the end': [first, second, third, last, last],
      changed: [first, flipped, third, last],
    }
    for (const [what, list] of Object.entries(broken)) {
      await assert.rejects(open(list), { code: 'tag_mismatch' }, what)
    }
    await assert.rejects(open([first, second.subarray(0, 1_000), third, last]), { code: 'stream_cut' })
    await assert.rejects(open([first, second, third, last.subarray(0, 1_000)]), { code: 'tag_mismatch' })
    await assert.rejects(open([]), { code: 'stream_cut' })
    await assert.rejects(open(chunks, generateKey()), { code: 'tag_mismatch' })
    await assert.rejects(open(others, key, ['blob', '0198c0de-0000-7000-8000-000000000002']), { code: 'tag_mismatch' })
  })

  it('yields nothing of a batch in which a chunk is wrong', async () => {
    const chunks = await seal(bytesOf(4 * CHUNK_BYTES))
    chunks[3]?.fill(0, 200, 201)
    let yielded = 0
    const reading = (async () => {
      for await (const text of streams.open(() => key, place, each(chunks))) yielded += text.length
    })()
    await assert.rejects(reading, { code: 'tag_mismatch' })
    assert.equal(yielded, 0)
  })

  it('does its work beside the event loop', async () => {
    const bytes = bytesOf(16 * 1024 * 1024)
    await seal(bytes.subarray(0, 2 * CHUNK_BYTES))
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const chunks = await seal(bytes, CHUNK_BYTES)
    delay.disable()
    assert.equal(chunks.length, 256)
    console.log(`      held ${(delay.max / 1e6).toFixed(1)} ms at most, ${(delay.percentile(99) / 1e6).toFixed(1)} ms at p99`)
  })
})
