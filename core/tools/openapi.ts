/**
 * `npm run openapi` writes docs/api/openapi.json from the contract; `-- --check` compares instead and ends non-zero on a difference.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { endpoints } from '@oco/contract'
import { format } from 'prettier'
import { openApiDocument } from './openapi-document.ts'

const FILE = 'docs/api/openapi.json'

const text = await format(JSON.stringify(openApiDocument(endpoints)), { parser: 'json', printWidth: 130 })

if (process.argv.includes('--check')) {
  const written = await readFile(FILE, 'utf8').catch(() => '')
  if (written !== text) {
    console.error(`${FILE} is not what the contract says: run \`npm run openapi\` and commit it`)
    process.exitCode = 1
  }
} else {
  await mkdir(dirname(FILE), { recursive: true })
  await writeFile(FILE, text)
  console.log(`${FILE}: ${Object.keys(endpoints).length} endpoints`)
}
