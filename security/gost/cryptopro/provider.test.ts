import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eventually } from '../../../core/test/eventually.ts'
import { needPrograms } from '../../../core/test/peers/debian-packages.ts'
import type { Cms } from '../cms.ts'
import type { OutsideKey } from '../outside-key.ts'
import { bytesOf, generateKey } from '../secret-key.ts'
import { CRYPTOPRO_MACHINE_PROGRAMS, makeCryptoproMachine, type CryptoproMachine } from '../test/cryptopro-machine.ts'
import { cryptoproProvider, type CryptoproOptions } from './provider.ts'

describe("CryptoPro's provider, on a stand-in", () => {
  let machine: CryptoproMachine
  let thumbprint: string
  const PIN = 'пароль-7'
  const text = Buffer.from('Паспорт 4509 123456')

  before(async function () {
    await needPrograms(this, CRYPTOPRO_MACHINE_PROGRAMS)
  })
  beforeEach(async () => {
    machine = makeCryptoproMachine()
    thumbprint = await machine.issue({ pin: PIN })
  })
  afterEach(() => {
    // However a test has ended: nothing lies where files lay.
    const left = readdirSync(machine.parent)
    machine.dispose()
    assert.deepEqual(left, [])
  })

  const open = (change: Partial<CryptoproOptions> = {}) => {
    const { folder, parent } = machine
    return cryptoproProvider({ folder, parent, thumbprint, pin: PIN, assurance: { certified: false }, ...change })
  }
  const cmsOf = async (change: Partial<CryptoproOptions> = {}): Promise<Cms> => {
    const { cms } = await open(change)
    assert.ok(cms !== undefined)
    return cms
  }
  const keyOf = async (change: Partial<CryptoproOptions> = {}): Promise<OutsideKey> => {
    const { outsideKey } = await open(change)
    assert.ok(outsideKey !== undefined)
    return outsideKey
  }

  it('says what it is, and that it has none of the algorithms itself', async () => {
    const { id, version, assurance, operations } = await open()
    assert.deepEqual([id, version, assurance, operations], ['cryptopro-cli', 'CryptCP 5.0', { certified: false }, {}])
  })

  it('encrypts and decrypts, signs and verifies', async () => {
    const cms = await cmsOf()
    const message = await cms.encrypt(text)
    assert.equal(Buffer.from(message).includes(text), false)
    assert.deepEqual(Buffer.from(await cms.decrypt(message)), text)
    const signature = await cms.sign(text)
    assert.equal(await cms.verify(text, signature), true)
    assert.equal(await cms.verify(Buffer.concat([text, Buffer.of(0)]), signature), false)
    assert.equal(await cms.verify(text, Buffer.from('no signature')), false)
  })

  it('takes no signature and no message of another certificate', async () => {
    const [ours, others] = [await cmsOf(), await cmsOf({ thumbprint: await machine.issue(), pin: null })]
    assert.equal(await ours.verify(text, await others.sign(text)), false)
    await assert.rejects(ours.decrypt(await others.encrypt(text)), { code: 'key_unknown', message: /0x2000025a/ })
    await assert.rejects(ours.decrypt(text), { code: 'unknown_format' })
    await assert.rejects(ours.decrypt(await ours.sign(text)), { code: 'unknown_format' })
  })

  it('says that a certificate is not trusted, whatever its signature is worth', async () => {
    const cms = await cmsOf()
    const signature = await cms.sign(text)
    machine.take(thumbprint, 'trust')
    await assert.rejects(cms.verify(text, signature), { code: 'certificate_refused' })
  })

  it('wraps a key of ours and unwraps it, and refuses what was changed', async () => {
    const outside = await keyOf()
    await outside.makeIfMissing()
    const key = generateKey()
    const wrapped = Buffer.from(await outside.wrap(key))
    assert.equal(wrapped.includes(Buffer.from(bytesOf(key))), false)
    assert.deepEqual(bytesOf(await outside.unwrap(wrapped)), bytesOf(key))
    assert.equal(outside.name, `cryptopro:thumbprint=${thumbprint}`)
    for (const fromEnd of [1, 40, 64]) {
      const changed = Buffer.from(wrapped)
      const at = changed.length - fromEnd
      changed[at] = (changed[at] ?? 0) ^ 1
      await assert.rejects(outside.unwrap(changed), { code: 'tag_mismatch' }, `byte ${String(fromEnd)} from the end`)
    }
    await assert.rejects(outside.unwrap(await (await cmsOf()).encrypt(text)), { code: 'tag_mismatch' })
  })

  it('gives no secret among arguments or in the environment, and works in a folder of its own that is closed to others', async () => {
    const { cms, outsideKey } = await open()
    assert.ok(cms !== undefined && outsideKey !== undefined)
    await cms.verify(text, await cms.sign(text))
    await outsideKey.unwrap(await outsideKey.wrap(generateKey()))
    const calls = machine.calls()
    assert.deepEqual(
      calls.map(({ words }) => words[0]),
      ['-encr', '-sign', '-verify', '-encr', '-decr'],
    )
    assert.equal(
      calls.flatMap(({ words }) => words).some((word) => word.includes(PIN) || word.includes('/')),
      false,
    )
    for (const { env, mode, folder } of calls) {
      assert.deepEqual(env.filter((name) => !name.startsWith('__')).sort(), ['HOME', 'LANG', 'LOGNAME', 'PATH', 'USER'])
      assert.deepEqual([mode, existsSync(folder), folder.startsWith(machine.parent)], [0o700, false, true])
    }
    assert.equal(new Set(calls.map(({ folder }) => folder)).size, calls.length)
  })

  it('never tries a wrong PIN twice', async () => {
    const cms = await cmsOf({ pin: 'мимо' })
    const message = await cms.encrypt(text)
    for (let call = 0; call < 3; call++) await assert.rejects(cms.decrypt(message), { code: 'pin_refused' })
    await assert.rejects(cms.sign(text), { code: 'pin_refused' })
    assert.equal(machine.calls().filter(({ words }) => words.includes('-askpin')).length, 1)
    await assert.rejects((await cmsOf({ pin: null })).decrypt(message), { code: 'pin_refused' })
  })

  it('says what is missing: program, certificate, private key, licence', async () => {
    await assert.rejects(open({ folder: '/nowhere' }), { code: 'not_installed', message: /ENOENT/ })
    await assert.rejects(open({ thumbprint: '0'.repeat(40) }), { code: 'key_unknown', message: /0x2000012d/ })
    const cms = await cmsOf()
    const message = await cms.encrypt(text)
    machine.take(thumbprint, 'key')
    await assert.rejects(cms.decrypt(message), { code: 'key_unknown', message: /0x20000136/ })
    machine.behave('licence')
    await assert.rejects(open(), { code: 'provider_failed', message: /its licence has run out/ })
  })

  it('believes no success that was not said', async () => {
    machine.behave('mute')
    await assert.rejects(open(), { code: 'provider_failed', message: /said no number/ })
  })

  it('kills what does not end, with all that it has started', async () => {
    machine.behave('hang')
    await assert.rejects(open({ timeoutMs: 5_000 }), { code: 'timed_out' })
    const pid = machine.hanging()
    await eventually(async () => {
      // Nobody may have buried it yet.
      const about = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(() => ') Z ')
      assert.match(about, /\) Z /)
      return true
    })
  })

  it('takes no text that is too long for a message', async () => {
    await assert.rejects((await cmsOf()).encrypt(Buffer.alloc(16 * 1024 * 1024 + 1)), { code: 'limit_exceeded' })
  })

  it('removes what a killed process has left, and nothing else', async () => {
    const [left, fresh, foreign] = ['oco-cms-left', 'oco-cms-fresh', 'another'].map((name) => join(machine.parent, name))
    assert.ok(left !== undefined && fresh !== undefined && foreign !== undefined)
    for (const folder of [left, fresh, foreign]) {
      mkdirSync(folder)
      writeFileSync(join(folder, 'content'), text)
    }
    for (const folder of [left, foreign]) utimesSync(folder, new Date('2020-01-01'), new Date('2020-01-01'))
    await open()
    assert.deepEqual(readdirSync(machine.parent).sort(), ['another', 'oco-cms-fresh'])
    for (const folder of [fresh, foreign]) utimesSync(folder, new Date('2020-01-01'), new Date('2020-01-01'))
    await open()
    assert.deepEqual(readdirSync(machine.parent), ['another'])
    machine.dispose()
    mkdirSync(machine.parent, { recursive: true })
  })
}).timeout(60_000)
