import assert from 'node:assert/strict'
import { hashPassword, isPasswordLineFull, SCRYPT_COST, verifyPassword } from './password.ts'

const CHEAP = { n: 1024, r: 8, p: 1 }

describe('a password’s hash', () => {
  it('belongs to its password and to no other', async () => {
    const stored = await hashPassword('четыре жёлтых трамвая', CHEAP)
    assert.equal(await verifyPassword('четыре жёлтых трамвая', stored), true)
    assert.equal(await verifyPassword('четыре жёлтых трамваЯ', stored), false)
    assert.equal(await verifyPassword('', stored), false)
  })

  it('carries its scheme and parameters, and a salt of its own', async () => {
    const [one, two] = await Promise.all([hashPassword('one and the same', CHEAP), hashPassword('one and the same', CHEAP)])
    assert.match(one, /^scrypt\$n=1024,r=8,p=1\$[A-Za-z0-9_-]{22}\$[A-Za-z0-9_-]{43}$/)
    assert.notEqual(one, two)
  })

  it('is the same however the keyboard composes its letters', async () => {
    const stored = await hashPassword('май, йод и ёлка'.normalize('NFC'), CHEAP)
    assert.equal(await verifyPassword('май, йод и ёлка'.normalize('NFD'), stored), true)
  })

  it('agrees with the vector of RFC 7914, 12', async () => {
    // The third vector's first 32 bytes: scrypt("pleaseletmein", "SodiumChloride", N=16384, r=8, p=1); PBKDF2 makes them independently.
    const salt = Buffer.from('SodiumChloride').toString('base64url')
    const hash = Buffer.from('7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2', 'hex').toString('base64url')
    assert.equal(await verifyPassword('pleaseletmein', `scrypt$n=16384,r=8,p=1$${salt}$${hash}`), true)
    assert.equal(await verifyPassword('pleaseletmeout', `scrypt$n=16384,r=8,p=1$${salt}$${hash}`), false)
  })

  it('is worked for in vain where nobody has the login: the same scrypt, the answer no', async () => {
    const started = process.cpuUsage()
    assert.equal(await verifyPassword('whatever it is', null), false)
    const spent = process.cpuUsage(started)
    // Not how fast, only that real work was done: a refusal without it costs some hundredths of a millisecond.
    assert.ok(spent.user + spent.system > 5_000, `only ${spent.user + spent.system} µs of work`)
  })

  it('costs as much as is written, by default', async () => {
    const stored = await hashPassword('the default costs what it says')
    assert.ok(stored.startsWith(`scrypt$n=${SCRYPT_COST.n},r=${SCRYPT_COST.r},p=${SCRYPT_COST.p}$`))
    assert.ok(128 * SCRYPT_COST.n * SCRYPT_COST.r <= 16 * 1024 * 1024)
  })

  it('of an unknown form is a fault, not a refusal', async () => {
    await assert.rejects(verifyPassword('x', 'md5$abc'), /form that is not known/)
  })

  it('has a line of a bounded length', async () => {
    const all: Promise<string>[] = []
    while (!isPasswordLineFull()) all.push(hashPassword('one of many', { n: 2, r: 1, p: 1 }))
    assert.equal(all.length, 202)
    await Promise.all(all)
    assert.equal(isPasswordLineFull(), false)
  })

  it('is made for many at once, each in its turn', async () => {
    const stored = await hashPassword('one for all of them', CHEAP)
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => verifyPassword(index % 2 === 0 ? 'one for all of them' : 'another', stored)),
    )
    assert.deepEqual(
      answers,
      answers.map((_, index) => index % 2 === 0),
    )
  })
})
