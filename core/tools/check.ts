/**
 * `npm run check`: all that can be said about the sources without running the product. It runs every script `check:…` of the top
 * package.json, two at a time in their order there, prints in full what failed, and ends non-zero when anything did.
 */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { runCommand } from './run-command.ts'

const AT_ONCE = 2
const PREFIX = 'check:'

const manifest = z.object({ scripts: z.record(z.string(), z.string()) })
const { scripts } = manifest.parse(JSON.parse(await readFile('package.json', 'utf8')))
const waiting = Object.keys(scripts).filter((name) => name.startsWith(PREFIX))
const total = waiting.length
const failed: string[] = []

const work = async (): Promise<void> => {
  for (let script = waiting.shift(); script !== undefined; script = waiting.shift()) {
    const { code, output, seconds } = await runCommand(['npm', 'run', '--silent', script], { output: 'keep' })
    const name = script.slice(PREFIX.length)
    if (code !== 0) failed.push(name)
    console.log(`${code === 0 ? 'ok    ' : 'FAILED'}  ${name.padEnd(10)}  ${seconds.toFixed(1)} s`)
    if (code !== 0) console.log(output.trimEnd().replace(/^/gm, '        '))
  }
}

console.log(`checks: ${waiting.map((name) => name.slice(PREFIX.length)).join(', ')}`)
await Promise.all(Array.from({ length: AT_ONCE }, work))
console.log(
  failed.length === 0 ? `all ${total} checks passed` : `${failed.length} of ${total} checks failed: ${failed.join(', ')}`,
)
process.exitCode = failed.length === 0 && total > 0 ? 0 : 1
