import assert from 'node:assert/strict'
import { bytesOf, generateKey } from '../gost/secret-key.ts'
import { wasmCrypto } from '../test/wasm-crypto.ts'
import { joinKey, splitKey } from './key-shares.ts'

describe('a key in shares', () => {
  const crypto = wasmCrypto()
  after(() => crypto.close())
  const key = generateKey()
  let shares: string[]
  before(async () => (shares = await splitKey(crypto, key, { shares: 5, needed: 3 })))
  const some = (...numbers: number[]): string[] => numbers.map((number) => shares[number] ?? '')
  const join = async (lines: readonly string[]): Promise<Uint8Array> => bytesOf(await joinKey(crypto, lines))

  it('is made of any three of five', async () => {
    for (const numbers of [
      [0, 1, 2],
      [4, 2, 0],
      [1, 3, 4],
      [0, 1, 2, 3, 4],
    ]) {
      assert.deepEqual(await join(some(...numbers)), bytesOf(key))
    }
  })

  it('is not made of two, nor of one twice', async () => {
    await assert.rejects(join(some(0, 1)), { code: 'limit_exceeded' })
    await assert.rejects(join(some(0, 1, 1)), { code: 'limit_exceeded' })
    await assert.rejects(join([]), { code: 'limit_exceeded' })
  })

  it('is read as people write: small letters, without spaces, O for 0 and l for 1', async () => {
    const typed = (line: string): string => {
      const [head = '', ...groups] = line.split(' ')
      return `${head.toLowerCase()}${groups.join('').toLowerCase().replaceAll('0', 'o').replaceAll('1', 'l')}`
    }
    // Many keys: what follows the head must not be read as a part of it, whatever it is.
    for (let run = 0; run < 40; run++) {
      const each = generateKey()
      const lines = await splitKey(crypto, each, { shares: 2, needed: 2 })
      assert.deepEqual(await join(lines.map(typed)), bytesOf(each))
    }
  })

  it('finds any slip of one sign, and says in which share', async () => {
    const [line = '', ...others] = some(1, 0, 2)
    for (let at = 0; at < line.length; at++) {
      if (line[at] === ' ' || line[at] === '-') continue
      const wrong = `${line.slice(0, at)}${line[at] === 'Z' ? 'Y' : 'Z'}${line.slice(at + 1)}`
      await assert.rejects(join([...others, wrong]), { code: 'unknown_format', message: /share 3/ }, `sign ${at}`)
    }
    await assert.rejects(join([...others, line.slice(0, -5)]), { code: 'unknown_format' })
  })

  it('does not mix with the shares of another key', async () => {
    const [other = ''] = await splitKey(crypto, generateKey(), { shares: 5, needed: 3 })
    await assert.rejects(join([...some(0, 1), other]), { code: 'key_of_another_kind' })
  })

  it('wants numbers that make sense', async () => {
    for (const split of [
      { shares: 3, needed: 1 },
      { shares: 2, needed: 3 },
      { shares: 17, needed: 3 },
      { shares: 2.5, needed: 2 },
    ]) {
      await assert.rejects(splitKey(crypto, key, split), { code: 'limit_exceeded' })
    }
  })
})
