import { CryptoError } from '@oco/security'

/** The keys database does not answer: what needs a key waits, and nothing has failed. */
export class KeysAway extends Error {
  constructor(options: ErrorOptions) {
    super('the database of keys does not answer', options)
    this.name = 'KeysAway'
  }
}

/** Whether it was for want of an answer that something could not be opened: another try later may do. */
export const isKeysAway = (error: unknown): boolean =>
  error instanceof KeysAway || (error instanceof CryptoError && error.code === 'key_unknown')
