import { timingSafeEqual } from 'node:crypto'
import { checkLength, CryptoError } from './crypto-error.ts'
import { BLOCK_BYTES, type Cipher, type CounterMode, type KeyWrap, type Mac } from './operations.ts'
import { cipherKeyBytesOf, importKey, KEY_BYTES } from './secret-key.ts'

/** KExp15 and KImp15 of R 1323565.1.017-2018, out of a cipher's own CTR and OMAC. */
export const keyWrap = (cipher: Cipher, { ctr, omac }: { readonly ctr: CounterMode; readonly omac: Mac }): KeyWrap => {
  const macBytes = BLOCK_BYTES[cipher]
  return {
    wrap(keys, { iv, key }) {
      const bytes = cipherKeyBytesOf(key)
      const mac = omac.start(keys.mac)
      mac.update(iv)
      mac.update(bytes)
      const plain = Buffer.concat([bytes, mac.finish()])
      const wrapped = ctr.start(keys.cipher, iv).update(plain)
      plain.fill(0)
      return wrapped
    },

    unwrap(keys, { iv, wrapped }) {
      checkLength('the wrapped key', wrapped, KEY_BYTES + macBytes)
      const plain = ctr.start(keys.cipher, iv).update(wrapped)
      const mac = omac.start(keys.mac)
      mac.update(iv)
      mac.update(plain.subarray(0, KEY_BYTES))
      const isRight = timingSafeEqual(mac.finish(), plain.subarray(KEY_BYTES))
      const key = isRight ? importKey(plain.subarray(0, KEY_BYTES)) : null
      plain.fill(0)
      if (key === null) throw new CryptoError('tag_mismatch', 'this key was not wrapped so')
      return key
    },
  }
}
