/**
 * What sealing costs whoever reads: opening a conversation of 200 messages to its beginning, and searching a million messages, over HTTP
 * on the product's own routes; against the same product over the same rows with a seal that does nothing. Both are asked in turn.
 *
 *   npm run bench:vault -- [--conversations 5000] [--messages 200] [--opens 200] [--searches 500] [--seed 1]
 *
 * Words are drawn as often as the texts have them, the commonest ones too. An answer that is not whole, or that the two do not agree on,
 * ends it with a failure.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { argv, execPath, exit, stdout } from 'node:process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { prepareDatabases } from '../test/harness.ts'
import { DURABLE, startPostgres, type PostgresServer } from '../test/postgres.ts'
import { createRandom } from '../test/random.ts'
import { writeTestRing } from '../test/test-vault.ts'
import { percentile } from './crowd.ts'
import { openStore } from './store.ts'
import { makeCorpus } from './vault/corpus.ts'
import { openCryptoOf } from './vault/plain-crypto.ts'
import { seed } from './vault/seed.ts'

const { values: given } = parseArgs({
  args: argv.slice(2),
  options: {
    conversations: { type: 'string', default: '5000' },
    messages: { type: 'string', default: '200' },
    opens: { type: 'string', default: '200' },
    searches: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
  },
})
const [CONVERSATIONS, MESSAGES] = [Number(given.conversations), Number(given.messages)]
const KINDS = ['sealed', 'plain'] as const
type Kind = (typeof KINDS)[number]
const KEYS = 'bench_keys'
const SERVE = fileURLToPath(new URL('./vault/serve.ts', import.meta.url))
/** The first of each are not counted: the compiler and the caches are cold. */
const WARM = 20

const say = (line: string): void => {
  stdout.write(`${line}\n`)
}

interface Served {
  readonly address: string
  stop(): Promise<void>
}

const serve = async (server: PostgresServer, kind: Kind, ringPath: string, folder: string): Promise<Served> => {
  const child = spawn(
    execPath,
    [
      ...['--conditions=oco-source', '--import', 'tsx', '--max-semi-space-size=8', '--heap-growing-percent=50', SERVE],
      ...[kind, server.url('oco_app', `bench_${kind}`), server.url('oco_app', KEYS), ringPath, folder],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return {
    address: line.toString('utf8').trim(),
    async stop() {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

const main = async (): Promise<void> => {
  const random = createRandom(Number(given.seed))
  const corpus = makeCorpus(random)
  const folder = await mkdtemp(join(tmpdir(), 'oco-vault-'))
  const ringPath = join(folder, 'key-ring.json')
  await writeTestRing(ringPath)
  const server = await startPostgres({
    settings: { ...DURABLE, shared_buffers: '1GB', max_wal_size: '8GB', maintenance_work_mem: '512MB' },
  })
  const running: { stop(): Promise<void> }[] = []
  try {
    await prepareDatabases(server, { main: 'bench_sealed', keys: KEYS })
    await prepareDatabases(server, { main: 'bench_plain', keys: 'bench_unused' })
    const storeOf = (kind: Kind) =>
      openStore({
        ...{ url: server.url('oco_app', `bench_${kind}`), keysUrl: server.url('oco_app', KEYS), ringPath },
        crypto: openCryptoOf(kind),
      })
    const stores = [await storeOf('sealed'), await storeOf('plain')]
    const { cookie, conversationIds } = await seed(
      stores.map(({ database }) => database),
      {
        ...{ conversations: CONVERSATIONS, messages: MESSAGES, corpus, tell: say },
        asOwner: async (statement) => {
          for (const kind of KINDS) await server.administer(statement, `bench_${kind}`)
        },
      },
    )
    for (const store of stores) await store.close()
    const served = {
      sealed: await serve(server, 'sealed', ringPath, folder),
      plain: await serve(server, 'plain', ringPath, folder),
    }
    running.push(served.sealed, served.plain)
    const ask = async (kind: Kind, path: string): Promise<unknown> => {
      const response = await fetch(served[kind].address + path, { headers: { cookie } })
      assert.equal(response.status, 200, `${path}: ${String(response.status)}`)
      return response.json()
    }
    const opened = await measure(Number(given.opens), async (kind, n) => {
      const id = conversationIds[(n * 7_919) % conversationIds.length] ?? ''
      return openWhole((path) => ask(kind, path), id)
    })
    const queries = Array.from({ length: Number(given.searches) + WARM }, () =>
      Array.from({ length: 1 + random.below(2) }, () => corpus.word()).join(' '),
    )
    const searched = await measure(Number(given.searches), async (kind, n) => {
      const { rows } = (await ask(kind, `/api/v1/search?limit=20&q=${encodeURIComponent(queries[n] ?? '')}`)) as {
        rows: { id: string }[]
      }
      return rows.map(({ id }) => id).join(' ')
    })
    const found = searched.answers.filter((answer) => answer !== '').length
    say(
      `opened: median ${openedMs(opened.sealed, 0.5)} ms sealed, ${openedMs(opened.plain, 0.5)} ms plain, p95 ${openedMs(opened.sealed, 0.95)} and ${openedMs(opened.plain, 0.95)} ms`,
    )
    say(
      `searched: ${String(found)} of ${String(searched.answers.length)} found something; median ${openedMs(searched.sealed, 0.5)} ms sealed, ${openedMs(searched.plain, 0.5)} ms plain`,
    )
    assert.ok(found > searched.answers.length / 2, 'most searches find nothing')
    const [open, p95] = [percentile(opened.sealed, 0.5), percentile(searched.sealed, 0.95)]
    const [openTimes, p95Times] = [open / percentile(opened.plain, 0.5), p95 / percentile(searched.plain, 0.95)]
    say(
      `vault: open ${open.toFixed(1)} ms (${openTimes.toFixed(2)} x plain), search p95 ${p95.toFixed(1)} ms (${p95Times.toFixed(2)} x plain)`,
    )
  } finally {
    for (const each of running) await each.stop()
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

const openedMs = (sorted: readonly number[], share: number): string => percentile(sorted, share).toFixed(1)

interface Measured extends Record<Kind, readonly number[]> {
  readonly answers: readonly string[]
}

/** Asks both for the same, who goes first changes each time; both must answer alike. Sorted milliseconds. */
const measure = async (count: number, act: (kind: Kind, n: number) => Promise<string>): Promise<Measured> => {
  const times: Record<Kind, number[]> = { sealed: [], plain: [] }
  const answers: string[] = []
  for (let n = 0; n < count + WARM; n++) {
    const order: readonly Kind[] = n % 2 === 0 ? ['sealed', 'plain'] : ['plain', 'sealed']
    const said: Partial<Record<Kind, string>> = {}
    for (const kind of order) {
      const startedMs = performance.now()
      said[kind] = await act(kind, n)
      if (n >= WARM) times[kind].push(performance.now() - startedMs)
    }
    assert.equal(said.sealed, said.plain)
    if (n >= WARM) answers.push(said.sealed ?? '')
  }
  for (const kind of KINDS) times[kind].sort((a, b) => a - b)
  return { ...times, answers }
}

interface Page {
  readonly messages: readonly { readonly id: string; readonly text: string }[]
  readonly olderCursor: string | null
}

/** The conversation as its page shows it, then page by page to its beginning. */
const openWhole = async (ask: (path: string) => Promise<unknown>, id: string): Promise<string> => {
  let page = (await ask(`/api/v1/conversations/${id}`)) as Page
  const texts = page.messages.map(({ text }) => text)
  while (page.olderCursor !== null) {
    page = (await ask(`/api/v1/conversations/${id}/messages?limit=100&cursor=${encodeURIComponent(page.olderCursor)}`)) as Page
    texts.push(...page.messages.map(({ text }) => text))
  }
  assert.equal(texts.length, MESSAGES)
  assert.ok(texts.every((text) => text !== ''))
  return texts.join('\n')
}

main().then(
  () => exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    exit(1)
  },
)
