/**
 * `npm run check:licences`: every package of the lock file has a licence under which the product, itself Apache-2.0, may be given away
 * together with it. A package that says nothing counts as forbidden.
 */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'

/** MPL-2.0 obliges about the package's own files alone, which we do not change. */
const ALLOWED = new Set([
  ...['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'CC0-1.0', 'ISC', 'MIT', 'MIT-0', 'MPL-2.0'],
  ...['PSF-2.0', 'Python-2.0'],
])

const lockFile = z.object({
  packages: z.record(z.string(), z.object({ license: z.string().optional(), link: z.boolean().optional() })),
})

/** SPDX expressions as packages use them: one name, a choice, or a sum. */
const isAllowed = (expression: string): boolean => {
  const plain = expression.replace(/^\((.*)\)$/, '$1')
  if (plain.includes(' OR ')) return plain.split(' OR ').some(isAllowed)
  return plain.split(' AND ').every((name) => ALLOWED.has(name))
}

const { packages } = lockFile.parse(JSON.parse(await readFile('package-lock.json', 'utf8')))
const foreign = Object.entries(packages).filter(([path, { link }]) => path.includes('node_modules/') && link !== true)
const forbidden = foreign.filter(([, { license }]) => license === undefined || !isAllowed(license))
for (const [path, { license }] of forbidden) console.error(`${path}: ${license ?? 'says no licence'}`)
console.log(`${foreign.length} packages, ${forbidden.length} with a licence that does not fit`)
process.exitCode = forbidden.length === 0 && foreign.length > 0 ? 0 : 1
