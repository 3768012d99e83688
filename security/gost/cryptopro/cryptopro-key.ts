import { createHash, timingSafeEqual } from 'node:crypto'
import type { Cms } from '../cms.ts'
import { CryptoError } from '../crypto-error.ts'
import type { OutsideKey } from '../outside-key.ts'
import { cipherKeyBytesOf, generateKey, importKey, KEY_BYTES } from '../secret-key.ts'

/**
 * A key as the content of an encrypted message to a certificate: the key, and SHA-256 of it. CMS's own encryption authenticates nothing;
 * whoever changes a message does not know what the sum has to become. It proves no sender: everybody may encrypt to a certificate.
 */
const CONTENT_BYTES = 2 * KEY_BYTES

export const cryptoproKey = (cms: Cms): OutsideKey => ({
  name: `cryptopro:thumbprint=${cms.certificate}`,
  mechanism: 'CMS EnvelopedData',

  /** A certificate and its key are made and issued by CryptoPro's own tools and an authority. */
  async makeIfMissing() {
    await this.unwrap(await this.wrap(generateKey()))
  },

  async wrap(key) {
    const bytes = cipherKeyBytesOf(key)
    const content = Buffer.concat([bytes, sumOf(bytes)])
    try {
      return await cms.encrypt(content)
    } finally {
      content.fill(0)
    }
  },

  async unwrap(wrapped) {
    const content = await cms.decrypt(wrapped)
    try {
      const key = content.subarray(0, KEY_BYTES)
      if (content.length === CONTENT_BYTES && timingSafeEqual(sumOf(key), content.subarray(KEY_BYTES))) return importKey(key)
    } finally {
      content.fill(0)
    }
    throw new CryptoError('tag_mismatch', 'what was encrypted is no key of ours, or it was changed')
  },
})

const sumOf = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest()
