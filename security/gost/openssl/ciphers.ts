import { createCipheriv, createDecipheriv, type Cipher as NodeCipher, type Decipher as NodeDecipher } from 'node:crypto'
import { checkLength, CryptoError } from '../crypto-error.ts'
import { BLOCK_BYTES, SECTION_BYTES, type Blocks, type Cipher, type CipherStream, type CounterMode } from '../operations.ts'
import { cipherKeyBytesOf, type SecretKey } from '../secret-key.ts'
import { WORK_BYTES } from '../wasm/gost-module.ts'
import { byEngine } from './engine.ts'

export const counterMode = (cipher: Cipher): CounterMode => ({
  start: (secret, iv) => streamOf(`${cipher}-ctr`, cipher, secret, iv),
})

/**
 * Its sections are fixed, at `SECTION_BYTES`, and Node has no way to the control that would change them. Any other throws
 * `provider_failed`: the engine would go on without a word and with another key stream.
 */
export const sectionedCounterMode = (cipher: Cipher): CounterMode => ({
  onlySectionBytes: SECTION_BYTES[cipher],
  start(secret, iv, sectionBytes = SECTION_BYTES[cipher]) {
    const isWhole = Number.isSafeInteger(sectionBytes) && sectionBytes > 0 && sectionBytes % BLOCK_BYTES[cipher] === 0
    if (!isWhole) throw new CryptoError('invalid_length', 'a section is a number of whole blocks')
    if (sectionBytes !== SECTION_BYTES[cipher]) {
      throw new CryptoError('provider_failed', `the engine has sections of ${String(SECTION_BYTES[cipher])} bytes alone`)
    }
    return streamOf(`${cipher}-ctr-acpkm`, cipher, secret, iv)
  },
})

const streamOf = (name: string, cipher: Cipher, secret: SecretKey, iv: Uint8Array): CipherStream => {
  checkLength('the initial value', iv, BLOCK_BYTES[cipher] / 2)
  const key = cipherKeyBytesOf(secret)
  const state = byEngine(() => createCipheriv(name, key, iv))
  return { update: (bytes) => byEngine(() => state.update(bytes)) }
}

/** Kuznyechik's alone: of Magma the engine has no mode without one. */
export const kuznyechikBlocks = (): Blocks => {
  const name = 'kuznyechik-ecb'
  const through = (start: (key: Uint8Array) => NodeCipher | NodeDecipher) => {
    return (secret: SecretKey, blocks: Uint8Array): Uint8Array => {
      if (blocks.length % BLOCK_BYTES.kuznyechik !== 0) throw new CryptoError('invalid_length', 'only whole blocks are taken')
      if (blocks.length > WORK_BYTES) throw new CryptoError('limit_exceeded', `more than ${String(WORK_BYTES)} bytes of blocks`)
      const key = cipherKeyBytesOf(secret)
      return byEngine(() => {
        const state = start(key)
        state.setAutoPadding(false)
        return Buffer.concat([state.update(blocks), state.final()])
      })
    }
  }
  return {
    encrypt: through((key) => createCipheriv(name, key, null)),
    decrypt: through((key) => createDecipheriv(name, key, null)),
  }
}
