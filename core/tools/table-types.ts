/**
 * Row types of a freshly migrated database. `npm run tables` writes them to core/src/platform/tables.ts; `npm run check:tables`
 * compares, so that a migration and the types that statements are checked against never part.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { format, resolveConfig } from 'prettier'
import { stopTestServer, testDatabase } from '../test/harness.ts'
import { runCommand } from './run-command.ts'

const TABLES = 'core/src/platform/tables.ts'
/** As pg parses them here: see the parsers in core/src/platform/db.ts. */
const TYPES = { int8: 'number', timestamptz: 'Date' }
/** The migrations' own book. Partitions are left out by themselves. */
const NO_TABLE = 'schema_migration'

const generate = async (url: string): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'oco-tables-'))
  const file = join(folder, 'tables.ts')
  try {
    const options = ['--dialect=postgres', `--type-mapping=${JSON.stringify(TYPES)}`, `--exclude-pattern=${NO_TABLE}`]
    const { code, output } = await runCommand(['kysely-codegen', ...options, `--url=${url}`, `--out-file=${file}`], {
      output: 'keep',
    })
    if (code !== 0) throw new Error(output)
    return await format(await readFile(file, 'utf8'), { ...(await resolveConfig(TABLES)), filepath: TABLES })
  } finally {
    await rm(folder, { recursive: true })
  }
}

const database = await testDatabase()
try {
  const fresh = await generate(database.ownerUrl)
  if (process.argv.includes('--write')) {
    await writeFile(TABLES, fresh)
  } else if (fresh !== (await readFile(TABLES, 'utf8'))) {
    console.error(`${TABLES} is not what the migrations make: run \`npm run tables\``)
    process.exitCode = 1
  }
} finally {
  await database.drop()
  await stopTestServer()
}
