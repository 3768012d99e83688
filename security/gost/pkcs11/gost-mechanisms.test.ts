import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { skipAloud } from '../../../core/test/peers/debian-packages.ts'
import { GOST_MECHANISMS, gostMechanismsAmong, KUZNYECHIK_KEXP15 } from './gost-mechanisms.ts'

describe("GOST's mechanisms of Cryptoki", () => {
  it('have the numbers that the header of OASIS gives them, as pkcs11js brings it', function () {
    const path = new URL('../../../node_modules/pkcs11js/includes/pkcs11/pkcs11t.h', import.meta.url)
    if (!existsSync(path)) skipAloud(this, 'pkcs11js is not installed')
    const header = readFileSync(path, 'utf8')
    const inHeader = new Map(
      [...header.matchAll(/^#define (CKM_GOST\w+)\s+0x([0-9a-f]+)UL/gim)].map(([, name, hex]) => [
        name,
        Number(`0x${String(hex)}`),
      ]),
    )
    const ours = new Map(
      GOST_MECHANISMS.filter(({ source }) => source.includes('OASIS')).map(({ name, number }) => [name, number]),
    )
    assert.equal(ours.size, 12)
    assert.deepEqual(new Map([...ours].sort()), new Map([...inHeader].sort()))
  })

  it('stand once each, and say where each number comes from', () => {
    for (const field of ['name', 'number'] as const) {
      assert.equal(new Set(GOST_MECHANISMS.map((row) => row[field])).size, GOST_MECHANISMS.length)
    }
    for (const { name, number, source } of GOST_MECHANISMS) {
      assert.match(source, /pkcs11(t|tc26_12|tc26_18)\.h/, name)
      assert.equal(source.includes("TC 26's"), number >= 0xd4321000, name)
    }
  })

  it('are read out of the list of a token', () => {
    assert.deepEqual(gostMechanismsAmong([0x1080, 0x1201, 0xd432102b]), ['CKM_GOSTR3410', 'CKM_KUZNECHIK_KEXP_15_WRAP'])
    assert.equal(KUZNYECHIK_KEXP15.mechanism, 0xd432102b)
  })
})
