/** A program for tests to kill: serves the embedded database of the folder it is given, and says where in one line of JSON. */
import { pino } from 'pino'
import { startEmbeddedDatabase } from '../src/platform/embedded-database.ts'
import { lockFolder } from '../src/platform/folder-lock.ts'

const [dataDir = ''] = process.argv.slice(2)
await lockFolder(dataDir, process.pid)
const { main, adopted } = await startEmbeddedDatabase({ dataDir, log: pino({ level: 'silent' }) })
process.stdout.write(`${JSON.stringify({ url: main.url, adopted })}\n`)
setInterval(() => undefined, 60_000)
