/** One product over a database of the bench: `serve.ts sealed|plain <main url> <keys url> <ring file> <data folder>`; prints its address. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { argv, stdout } from 'node:process'
import { pino } from 'pino'
import { createApp } from '../../src/app.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { newId } from '../../src/kernel/ids.ts'
import { openCryptoOf } from './plain-crypto.ts'

const [kind = '', url = '', keysUrl = '', ringPath = '', dataDir = ''] = argv.slice(2)

const app = await createApp({
  config: {
    ...{ dataDir, host: '127.0.0.1', port: 0, lmtp: null, logLevel: 'warn', logTo: 'stdout', demo: false, demoPassword: null },
    database: { kind: 'outside', main: { url, ownerUrl: null }, keys: { url: keysUrl, ownerUrl: null } },
    blobs: { places: ['table'], folder: null, s3: null },
    ...{ trustedProxies: [], uiDir: join(dataDir, 'none'), node: newId(), secretKey: randomBytes(32), version: '0.0.0-bench' },
    keyRing: { path: ringPath, passphrase: null },
    providers: { pkcs11: null, cryptopro: null },
    erasures: { backupDays: 30, keysBackupDays: 14, file: join(dataDir, 'erasures.jsonl') },
  },
  databaseUrl: url,
  keysDatabaseUrl: keysUrl,
  log: pino({ level: 'silent' }),
  clock: systemClock,
  crypto: openCryptoOf(kind === 'plain' ? 'plain' : 'sealed'),
})
const { address } = await app.start()
stdout.write(`${address}\n`)
process.once('SIGTERM', () => {
  void app.stop().then(() => process.exit(0))
})
