import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StartFault, type StartFaultCode } from '../kernel/start-fault.ts'
import { loadConfig, type Config } from './config.ts'

describe('the configuration', () => {
  let workingFolder: string
  beforeEach(() => {
    workingFolder = mkdtempSync(join(tmpdir(), 'oco-config-'))
  })
  afterEach(() => {
    rmSync(workingFolder, { recursive: true })
  })

  const load = (env: Record<string, string> = {}, argv: string[] = []): Config => loadConfig({ env, argv, workingFolder })
  const faultsOf = (env: Record<string, string>, argv: string[] = []): string[] => {
    try {
      load(env, argv)
    } catch (error) {
      assert.ok(error instanceof AggregateError, String(error))
      return (error.errors as unknown[]).map((fault) => {
        assert.ok(fault instanceof StartFault && fault.code === 'configuration')
        return fault.message
      })
    }
    return []
  }
  const refusal = (code: StartFaultCode, says: RegExp) => (error: unknown) => {
    assert.ok(error instanceof StartFault, String(error))
    assert.equal(error.code, code)
    assert.match(error.message, says)
    return true
  }

  it('needs nothing: an embedded database, on the loopback alone', () => {
    const { node, secretKey, uiDir, version, ...rest } = load()
    assert.deepEqual(rest, {
      dataDir: join(workingFolder, 'data'),
      host: '127.0.0.1',
      port: 8080,
      database: { kind: 'embedded' },
      blobs: { places: ['table'], folder: null, s3: null },
      lmtp: null,
      logLevel: 'info',
      logTo: 'file',
      demo: false,
      demoPassword: null,
      keyRing: { path: join(workingFolder, 'data', 'key-ring.json'), passphrase: null },
      erasures: { backupDays: 30, keysBackupDays: 14, file: join(workingFolder, 'data', 'erasures.jsonl') },
      trustedProxies: [],
      providers: { pkcs11: null, cryptopro: null },
    })
    assert.match(node, /^[0-9a-f-]{36}$/)
    assert.equal(secretKey.length, 32)
    assert.match(uiDir, /\/ui\/dist$/)
    assert.match(version, /^\d+\.\d+\.\d+$/)
  })

  it('takes every variable, and an empty one for none', () => {
    const config = load({
      OCO_DATA_DIR: 'elsewhere',
      OCO_HOST: '::1',
      OCO_PORT: '0',
      DATABASE_URL: 'postgresql://app:one@db:5433/oco',
      DATABASE_OWNER_URL: 'postgres://owner:two@db:5433/oco',
      KEYS_DATABASE_URL: 'postgresql://app:three@vault/keys',
      OCO_KEY_RING_FILE: 'rings/ring.json',
      OCO_LMTP_PORT: '2424',
      OCO_LOG_LEVEL: 'debug',
      OCO_LOG: 'stdout',
      OCO_TRUSTED_PROXIES: '10.0.0.1, 192.168.0.0/16,fd00::/8',
      OCO_SECRET_KEY_FILE: '',
    })
    assert.equal(config.dataDir, join(workingFolder, 'elsewhere'))
    assert.deepEqual([config.host, config.port, config.logLevel, config.logTo], ['::1', 0, 'debug', 'stdout'])
    assert.deepEqual(config.database, {
      kind: 'outside',
      main: { url: 'postgresql://app:one@db:5433/oco', ownerUrl: 'postgres://owner:two@db:5433/oco' },
      keys: { url: 'postgresql://app:three@vault/keys', ownerUrl: null },
    })
    assert.deepEqual(config.keyRing, { path: join(workingFolder, 'rings', 'ring.json'), passphrase: null })
    assert.deepEqual(config.lmtp, { host: '127.0.0.1', port: 2424 })
    assert.deepEqual(config.trustedProxies, ['10.0.0.1', '192.168.0.0/16', 'fd00::/8'])
  })

  it('lists every fault at once, one line each, without any value', () => {
    const faults = faultsOf(
      {
        OCO_PORT: '70000',
        OCO_HOST: 'a host',
        DATABASE_URL: 'mysql://app:hidden@db/oco',
        KEYS_DATABASE_URL: 'postgresql://app:hidden@db/keys',
        OCO_LOG_LEVEL: 'loud',
        OCO_TRUSTED_PROXIES: '10.0.0.0/33',
        OCO_LMTP_PORT: 'smtp',
      },
      ['--demo', '--dmeo'],
    )
    const named = faults.map((line) => line.split(' ')[0])
    assert.deepEqual(named.sort(), [
      '--dmeo',
      'DATABASE_URL',
      'OCO_HOST',
      'OCO_LMTP_PORT',
      'OCO_LOG_LEVEL',
      'OCO_PORT',
      'OCO_TRUSTED_PROXIES',
    ])
    assert.doesNotMatch(faults.join(), /hidden|\n/)
    assert.equal(existsSync(join(workingFolder, 'data')), false)
  })

  it('refuses data without a database of keys, keys without data, and both in one', () => {
    const data = { DATABASE_URL: 'postgresql://app@db/oco' }
    assert.match(
      faultsOf(data).join(),
      /^DATABASE_URL is set, KEYS_DATABASE_URL is not: keys of data live in a database of their own$/,
    )
    assert.match(
      faultsOf({ KEYS_DATABASE_URL: 'postgresql://app@db/keys' }).join(),
      /^KEYS_DATABASE_URL is set, DATABASE_URL is not/,
    )
    const same = faultsOf({ ...data, KEYS_DATABASE_URL: 'postgresql://other@db/oco?sslmode=require' }).join()
    assert.match(same, /^KEYS_DATABASE_URL names the database of DATABASE_URL/)
  })

  it('reads the passphrase of the key ring from a file that is closed to others', () => {
    const file = join(workingFolder, 'passphrase')
    writeFileSync(file, 'correct horse battery\n', { mode: 0o600 })
    assert.equal(load({ OCO_KEY_RING_PASSPHRASE_FILE: 'passphrase' }).keyRing.passphrase, 'correct horse battery')
    chmodSync(file, 0o644)
    assert.throws(
      () => load({ OCO_KEY_RING_PASSPHRASE_FILE: 'passphrase' }),
      refusal('secret_key', /passphrase is open to everybody: chmod 600 it/),
    )
  })

  it('refuses halves: an owner without an application, a host of LMTP without a port, an address without a user', () => {
    assert.match(
      faultsOf({ DATABASE_OWNER_URL: 'postgresql://owner@db/oco' }).join(),
      /DATABASE_OWNER_URL is set, DATABASE_URL is not/,
    )
    assert.match(
      faultsOf({ KEYS_DATABASE_OWNER_URL: 'postgresql://owner@db/keys' }).join(),
      /KEYS_DATABASE_OWNER_URL is set, KEYS_DATABASE_URL is not/,
    )
    assert.match(faultsOf({ OCO_LMTP_HOST: '127.0.0.1' }).join(), /OCO_LMTP_PORT is not/)
    assert.match(faultsOf({ DATABASE_URL: 'postgresql://db/oco' }).join(), /DATABASE_URL names no user/)
  })

  it('takes places of blobs, the first for new ones, and makes their folder for its owner alone', () => {
    const [folder, credentials] = [join(workingFolder, 'blobs', 'here'), join(workingFolder, 's3')]
    writeFileSync(credentials, 'oco-key\r\nits+secret/==\n', { mode: 0o600 })
    const s3 = { OCO_S3_ENDPOINT: 'https://s3.example.ru:9000/', OCO_S3_BUCKET: 'oco-blobs', OCO_S3_CREDENTIALS_FILE: 's3' }
    assert.deepEqual(load({ OCO_BLOBS: ` s3, folder:${folder},table`, ...s3 }).blobs, {
      places: ['s3', 'folder', 'table'],
      folder,
      s3: {
        endpoint: 'https://s3.example.ru:9000',
        bucket: 'oco-blobs',
        region: 'us-east-1',
        keyId: 'oco-key',
        secretKey: 'its+secret/==',
      },
    })
    assert.equal(statSync(folder).mode & 0o777, 0o700)
    assert.equal(load({ OCO_BLOBS: 's3', ...s3, OCO_S3_REGION: 'ru-central1' }).blobs.s3?.region, 'ru-central1')
    assert.throws(
      () => load({ OCO_BLOBS: 'folder:/proc/blobs' }),
      refusal('folder_unwritable', /^the folder of blobs \/proc\/blobs cannot be written: ENOENT.*\(OCO_BLOBS names another\)$/),
    )
    chmodSync(credentials, 0o604)
    assert.throws(() => load({ OCO_BLOBS: 's3', ...s3 }), refusal('secret_key', /s3 is open to everybody: chmod 600 it/))
    for (const text of ['oco-key\n', 'oco-key\nsecret\nmore\n', 'oco key\nsecret\n', '']) {
      writeFileSync(credentials, text)
      chmodSync(credentials, 0o600)
      assert.throws(
        () => load({ OCO_BLOBS: 's3', ...s3 }),
        refusal('configuration', /s3 does not hold two lines: the id of an access key, and its secret$/),
      )
    }
  })

  it('says in one line what is wrong with the places of blobs', () => {
    const s3 = { OCO_S3_ENDPOINT: 'https://s3.example.ru', OCO_S3_BUCKET: 'oco-blobs', OCO_S3_CREDENTIALS_FILE: 's3' }
    const cases: [Record<string, string>, RegExp[]][] = [
      [{ OCO_BLOBS: 'tabel' }, [/^OCO_BLOBS is no list of table, folder:\/path and s3$/]],
      [{ OCO_BLOBS: 'folder' }, [/^OCO_BLOBS names a folder without its absolute path: folder:\/path$/]],
      [{ OCO_BLOBS: 'folder:blobs' }, [/^OCO_BLOBS names a folder without its absolute path/]],
      [{ OCO_BLOBS: 'folder:/a,folder:/b' }, [/^OCO_BLOBS names folder twice/]],
      [
        { OCO_BLOBS: 's3' },
        [/names s3, OCO_S3_ENDPOINT is not/, /names s3, OCO_S3_BUCKET is not/, /names s3, OCO_S3_CREDENTIALS_FILE is not/],
      ],
      [{ OCO_S3_BUCKET: 'oco-blobs' }, [/^OCO_S3_BUCKET is set, OCO_BLOBS does not name s3$/]],
      [{ ...s3, OCO_BLOBS: 's3', OCO_S3_ENDPOINT: 'https://a:hidden@s3.example.ru' }, [/^OCO_S3_ENDPOINT is not an address/]],
      [{ ...s3, OCO_BLOBS: 's3', OCO_S3_ENDPOINT: 'https://s3.example.ru/oco' }, [/^OCO_S3_ENDPOINT is not an address/]],
      [{ ...s3, OCO_BLOBS: 's3', OCO_S3_BUCKET: 'Oco_Blobs' }, [/^OCO_S3_BUCKET is not a bucket's name/]],
      [{ ...s3, OCO_BLOBS: 's3', OCO_S3_REGION: 'ru/1' }, [/^OCO_S3_REGION is not a region's name$/]],
    ]
    for (const [env, lines] of cases) {
      const faults = faultsOf(env)
      assert.equal(faults.length, lines.length, faults.join('; '))
      for (const [index, line] of lines.entries()) assert.match(faults[index] ?? '', line)
      assert.doesNotMatch(faults.join(), /hidden|\n/)
    }
  })

  it('makes one secret key, closed to other users, and reads it ever after', () => {
    const { secretKey, dataDir } = load()
    const path = join(dataDir, 'secret.key')
    assert.deepEqual(readFileSync(path), secretKey)
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.deepEqual(load().secretKey, secretKey)
  })

  it('never replaces a key under which something may be sealed', () => {
    const { dataDir } = load()
    rmSync(join(dataDir, 'secret.key'))
    writeFileSync(join(dataDir, 'database.json'), '{}')
    assert.throws(() => load(), refusal('secret_key', /is missing although .* holds a database/))
  })

  it('takes a key from a file of the operator, who must have made it with care', () => {
    const file = join(workingFolder, 'key')
    assert.throws(() => load({ OCO_SECRET_KEY_FILE: 'key' }), refusal('secret_key', /key cannot be read: ENOENT/))
    writeFileSync(file, Buffer.alloc(31, 7), { mode: 0o600 })
    assert.throws(() => load({ OCO_SECRET_KEY_FILE: 'key' }), refusal('secret_key', /holds 31 bytes/))
    writeFileSync(file, Buffer.alloc(32, 7))
    assert.deepEqual(load({ OCO_SECRET_KEY_FILE: 'key' }).secretKey, Buffer.alloc(32, 7))
    chmodSync(file, 0o604)
    assert.throws(() => load({ OCO_SECRET_KEY_FILE: 'key' }), refusal('secret_key', /open to everybody/))
  })

  it('gives the demo a password that stays, or the one it is told', () => {
    const { demoPassword } = load({}, ['--demo'])
    assert.match(demoPassword ?? '', /^[a-z2-9]{12}$/)
    assert.equal(load({}, ['--demo']).demoPassword, demoPassword)
    assert.equal(load({ OCO_DEMO_PASSWORD: 'long enough' }, ['--demo']).demoPassword, 'long enough')
    assert.equal(load({ OCO_DEMO_PASSWORD: 'long enough' }).demoPassword, null)
    assert.match(faultsOf({ OCO_DEMO_PASSWORD: 'short' }).join(), /OCO_DEMO_PASSWORD is shorter/)
  })

  it('says that a data folder cannot be written, whatever stands in its way', () => {
    writeFileSync(join(workingFolder, 'file'), '')
    for (const path of ['file', 'file/below', '/proc/oco', '/sys/oco']) {
      assert.throws(
        () => load({ OCO_DATA_DIR: path }),
        refusal('folder_unwritable', /^the data folder \/.* cannot be written: E[A-Z]+/),
      )
    }
  })

  it('leaves the mode of a folder that was there', () => {
    mkdirSync(join(workingFolder, 'data'), { mode: 0o750 })
    load()
    assert.equal(statSync(join(workingFolder, 'data')).mode & 0o777, 0o750)
  })
})
