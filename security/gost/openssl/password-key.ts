import { pbkdf2 } from 'node:crypto'
import type { PasswordKey } from '../operations.ts'
import { checkPasswordInput } from '../wasm/pbkdf2.ts'
import { failureOf } from './engine.ts'
import { DIGEST_NAMES } from './hashes.ts'

/** In Node's own threads; the same limits as with our own. */
export const passwordKey = (): PasswordKey => ({
  derive: async (input) => {
    checkPasswordInput(input)
    const { password, salt, rounds, bytes } = input
    return new Promise((resolve, reject) => {
      pbkdf2(password, salt, rounds, bytes, DIGEST_NAMES[512], (error, derived) => {
        if (error === null) resolve(derived)
        else reject(failureOf(error))
      })
    })
  },
})
