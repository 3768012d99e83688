import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { systemClock } from '@oco/core/admin'
import {
  entriesOf,
  fingerprintOf,
  newSigningPair,
  openProductCrypto,
  readSigningKey,
  readVerifyingKey,
  signManifest,
  verifyInstallation,
  writeManifest,
  type Crypto,
  type FileFaultKind,
  type Verdict,
} from '@oco/security'
import { required, UsageError, valuesOf, type Command } from './command.ts'

const MANIFEST = 'oco.manifest'
const SIGNATURE = `${MANIFEST}.sig`
const SIGNING_KEY = 'oco-signing.key'
const VERIFYING_KEY = 'oco-release.pub'
const FOR_OTHERS = 0o077
/** The folder that holds the installed product. */
const INSTALLED = fileURLToPath(new URL('../..', import.meta.url))

/** Makes the pair that releases are signed by. */
export const manifestKey: Command = async (terminal, words) => {
  const { out, 'passphrase-file': passphraseFile } = valuesOf(words, { out: 'string', 'passphrase-file': 'string' })
  const folder = resolve(terminal.workingFolder, required(out, '--out <folder>'))
  const passphrase = await readClosed(resolve(terminal.workingFolder, required(passphraseFile, '--passphrase-file <file>')))
  return withCrypto(async (crypto) => {
    const pair = await newSigningPair(crypto, passphrase)
    await writeFile(join(folder, SIGNING_KEY), pair.signing, { mode: 0o600, flag: 'wx' })
    await writeFile(join(folder, VERIFYING_KEY), pair.verifying, { mode: 0o644, flag: 'wx' })
    terminal.tell(`${join(folder, SIGNING_KEY)} signs; keep it where releases are built, and nowhere else.`)
    terminal.tell(`${join(folder, VERIFYING_KEY)} verifies; its fingerprint is ${pair.fingerprint}`)
    return 0
  })
}

/** Lists every file below a folder and signs the list. */
export const manifestMake: Command = async (terminal, words) => {
  const given = valuesOf(words, {
    ...{ root: 'string', key: 'string', public: 'string', 'passphrase-file': 'string', version: 'string' },
    variable: 'list',
  })
  const at = (path: string): string => resolve(terminal.workingFolder, path)
  const root = at(required(given.root, '--root <folder>'))
  const version = required(given.version, '--version <number>')
  const passphrase = await readClosed(at(required(given['passphrase-file'], '--passphrase-file <file>')))
  const keyText = await readClosed(at(required(given.key, '--key <signing key>')))
  const publicText = await readFile(at(required(given.public, '--public <verifying key>')), 'utf8')
  return withCrypto(async (crypto) => {
    const signing = await readSigningKey(crypto, keyText, passphrase)
    const verifying = readVerifyingKey(publicText)
    const variable = [...new Set([MANIFEST, SIGNATURE, ...(given.variable ?? [])])]
    const entries = await entriesOf(crypto, root, variable)
    const text = writeManifest({ version, madeAt: systemClock.now(), variable, entries })
    const signature = await signManifest(crypto, { signing, verifying }, text)
    await replace(join(root, MANIFEST), text)
    await replace(join(root, SIGNATURE), signature)
    // A pair of keys that do not belong together would be found by the first customer.
    const verdict = await verifyInstallation(crypto, placesOf(root, { verifying }))
    if (verdict.state !== 'whole') throw new Error(`what was signed does not verify: ${linesOf(verdict).join('; ')}`)
    terminal.tell(
      `${join(root, MANIFEST)}: ${String(entries.length)} files of version ${version}, signed by ${fingerprintOf(crypto, verifying)}`,
    )
    return 0
  })
}

/** Holds every installed file against the signed list. */
export const verify: Command = async (terminal, words) => {
  const given = valuesOf(words, { root: 'string', key: 'string', json: 'flag' })
  const root = given.root === undefined ? INSTALLED : resolve(terminal.workingFolder, given.root)
  const keyPath = resolve(
    terminal.workingFolder,
    required(given.key ?? terminal.env['OCO_RELEASE_KEY_FILE'], '--key <verifying key>'),
  )
  if (keyPath.startsWith(`${resolve(root)}/`)) throw new UsageError('the verifying key has to lie outside of what it verifies')
  const publicText = await readFile(keyPath, 'utf8')
  return withCrypto(async (crypto) => {
    const verifying = readVerifyingKey(publicText)
    const verdict = await verifyInstallation(crypto, placesOf(root, { verifying }))
    if (given.json === true) terminal.tell(JSON.stringify(verdict))
    else for (const line of linesOf(verdict)) terminal.tell(line)
    return verdict.state === 'whole' ? 0 : 1
  })
}

const placesOf = <T extends object>(root: string, more: T) => ({
  ...{ root, manifestPath: join(root, MANIFEST), signaturePath: join(root, SIGNATURE) },
  ...more,
})

const FAULTS: Readonly<Record<FileFaultKind, string>> = {
  missing: 'missing',
  changed: 'changed',
  extra: 'not of this installation',
  mode: 'other permissions',
  type: 'another kind of file',
  link_target: 'a link that leads elsewhere',
  unreadable: 'cannot be read',
}

/** The last line is the sum. */
export const linesOf = (verdict: Verdict): string[] => {
  switch (verdict.state) {
    case 'whole':
      return [`whole: ${String(verdict.files)} files of version ${verdict.version} are what was signed`]
    case 'faults':
      return [
        ...verdict.faults.map(({ kind, path }) => `${FAULTS[kind]}: ${path}`),
        `not whole: ${String(verdict.faults.length)} faults in ${String(verdict.files)} files of version ${verdict.version}`,
      ]
    case 'no_manifest':
      return [`not verified: the list of files or its signature is not to be believed (${verdict.reason})`]
  }
}

const withCrypto = async (work: (crypto: Crypto) => Promise<number>): Promise<number> => {
  const crypto = await openProductCrypto()
  try {
    return await work(crypto)
  } finally {
    await crypto.close()
  }
}

/** Everybody may read it, whatever the umask. */
const replace = async (path: string, text: string): Promise<void> => {
  await writeFile(path, text)
  await chmod(path, 0o644)
}

const readClosed = async (path: string): Promise<string> => {
  if (((await stat(path)).mode & FOR_OTHERS) !== 0) throw new Error(`${path} is open to others: chmod 600 it`)
  return (await readFile(path, 'utf8')).replace(/\r?\n$/, '')
}
