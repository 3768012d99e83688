/**
 * Behaves like CryptoPro's cryptcp, as far as published programs that call it show: options, files, what it prints, its numbers; CMS is real, by openssl(1)
 * and gost-engine. Its store is the folder `store` beside the program: <thumbprint>.cert, .key, .pin, .untrusted. It writes down how it
 * was called, and refuses a PIN among its arguments. Files called `hang`, `licence` and `mute` beside it make it behave so.
 */
import { spawn, spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

const HOME = dirname(process.argv[1])
const STORE = join(HOME, 'store')
const OPENSSL = '/usr/bin/openssl'
/** option -> how many words it takes. */
const OPTIONS = {
  '-sign': { '-detached': 0, '-der': 0, '-nochain': 0, '-thumbprint': 1, '-askpin': 0 },
  '-verify': { '-detached': 0, '-errchain': 0, '-nonet': 0, '-nochain': 0, '-thumbprint': 1 },
  '-encr': { '-der': 0, '-nochain': 0, '-thumbprint': 1 },
  '-decr': { '-nochain': 0, '-thumbprint': 1, '-askpin': 0 },
}

const end = (number, why = '') => {
  if (why !== '') process.stdout.write(`Error: ${why}\n`)
  process.stdout.write(`[ErrorCode: 0x${number.toString(16).padStart(8, '0')}]\n`)
  // A status has one byte.
  process.exit(number & 0xff)
}

const openssl = (...words) => spawnSync(OPENSSL, ['cms', '-engine', 'gost', '-binary', ...words], { encoding: 'latin1' })

const parse = ([command, ...words]) => {
  const known = OPTIONS[command]
  if (command === undefined) end(0x200000cc, 'No command.')
  if (known === undefined) end(0x200000c9, 'Unknown command.')
  const given = {}
  const files = []
  while (words.length > 0) {
    const word = words.shift()
    if (!word.startsWith('-')) files.push(word)
    else if (!(word in known)) end(0x200000c9, `Unknown option ${word}.`)
    else if (known[word] > words.length) end(0x200000cb, `No value of ${word}.`)
    else given[word] = known[word] === 0 ? true : words.shift()
  }
  if (files.length > 2) end(0x200000c8, 'Too many files.')
  if (files.length === 0) end(0x200000d0, 'No input file.')
  if (files.length === 1) end(0x200000d1, 'No output file.')
  return { command, given, files }
}

const inStore = (thumbprint, kind) => join(STORE, `${thumbprint.toLowerCase()}.${kind}`)

const privateKeyOf = (thumbprint, { askpin }) => {
  const [key, pin] = [inStore(thumbprint, 'key'), inStore(thumbprint, 'pin')]
  if (!existsSync(key)) end(0x20000136, 'No private key.')
  if (existsSync(pin)) {
    // It would wait for somebody at the terminal.
    if (!askpin) end(0x20000135, 'No password.')
    process.stdout.write('Password:')
    if (readFileSync(0, 'utf8').split('\n')[0] !== readFileSync(pin, 'utf8')) end(0x8010006b, 'Wrong password.')
  }
  return key
}

const sign = ({ given, files: [content, signature] }) => {
  const [cert, key] = [inStore(given['-thumbprint'], 'cert'), privateKeyOf(given['-thumbprint'], { askpin: given['-askpin'] })]
  const { status } = openssl(
    ...['-sign', '-md', 'md_gost12_256', '-outform', given['-der'] ? 'DER' : 'PEM'],
    ...['-signer', cert, '-inkey', key, '-in', content, '-out', signature],
  )
  end(status === 0 ? 0 : 0x20000070)
}

const verify = ({ given, files: [content, signature] }) => {
  const cert = inStore(given['-thumbprint'], 'cert')
  if (given['-errchain'] && existsSync(inStore(given['-thumbprint'], 'untrusted'))) end(0x20000133, 'Chain.')
  if (openssl('-cmsout', '-inform', 'DER', '-in', signature, '-noout').status !== 0) end(0x200001f5, 'No signed message.')
  const { status } = openssl(
    ...['-verify', '-inform', 'DER', '-in', signature, '-content', content, '-out', '/dev/null'],
    ...['-nointern', '-certfile', cert, '-CAfile', cert],
  )
  end(status === 0 ? 0 : 0x200001f9, status === 0 ? '' : 'Signature.')
}

const encrypt = ({ given, files: [content, message] }) => {
  const { status } = openssl(
    ...['-encrypt', '-kuznyechik-ctr-acpkm', '-outform', given['-der'] ? 'DER' : 'PEM'],
    ...['-in', content, '-out', message, inStore(given['-thumbprint'], 'cert')],
  )
  end(status === 0 ? 0 : 0x20000070)
}

const decrypt = ({ given, files: [message, content] }) => {
  const cert = inStore(given['-thumbprint'], 'cert')
  const looked = openssl('-cmsout', '-inform', 'DER', '-in', message, '-print')
  if (looked.status !== 0 || !looked.stdout.includes('envelopedData')) end(0x20000258, 'No encrypted message.')
  const serial = spawnSync(OPENSSL, ['x509', '-engine', 'gost', '-in', cert, '-noout', '-serial'], { encoding: 'latin1' }).stdout
  if (!looked.stdout.toLowerCase().includes(serial.split('=')[1].trim().toLowerCase())) end(0x2000025a, 'Not for this one.')
  const key = privateKeyOf(given['-thumbprint'], { askpin: given['-askpin'] })
  const { status } = openssl('-decrypt', '-inform', 'DER', '-recip', cert, '-inkey', key, '-in', message, '-out', content)
  end(status === 0 ? 0 : 0x80090005, status === 0 ? '' : 'Bad data.')
}

const words = process.argv.slice(2)
const seen = {
  words,
  folder: process.cwd(),
  mode: statSync('.').mode & 0o777,
  files: readdirSync('.'),
  env: Object.keys(process.env),
}
appendFileSync(join(HOME, 'calls'), `${JSON.stringify(seen)}\n`)
process.stdout.write('CryptCP 5.0 (c) "Crypto-Pro", 2002-2021.\nCommand prompt Utility for file signature and encryption.\n\n')
if (existsSync(join(HOME, 'mute'))) process.exit(0)
if (existsSync(join(HOME, 'licence'))) end(0x20000325, 'License is expired.')
if (existsSync(join(HOME, 'hang'))) {
  // A program of its own, which holds the output as a window would.
  const child = spawn('/bin/sleep', ['600'], { stdio: 'inherit' })
  appendFileSync(join(HOME, 'hanging'), String(child.pid))
  await new Promise(() => child.ref())
}
const call = parse(words)
if (!existsSync(inStore(call.given['-thumbprint'] ?? '', 'cert'))) end(0x2000012d, 'Certificate not found.')
;({ '-sign': sign, '-verify': verify, '-encr': encrypt, '-decr': decrypt })[call.command](call)
