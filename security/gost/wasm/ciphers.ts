import { checkLength, CryptoError } from '../crypto-error.ts'
import {
  BLOCK_BYTES,
  SECTION_BYTES,
  type Aead,
  type Blocks,
  type Cipher,
  type CipherStream,
  type CounterMode,
  type Mac,
  type MacStream,
  type SectionedMac,
} from '../operations.ts'
import { cipherKeyBytesOf, derivedOf, type SecretKey } from '../secret-key.ts'
import type { Bulk } from './bulk.ts'
import type { BulkPiece } from './bulk-job.ts'
import { BOUND_BYTES_MAX, WORK_BYTES, type GostModule } from './gost-module.ts'

export interface CipherOperations {
  readonly ecb: Blocks
  readonly ctr: CounterMode
  readonly ctrAcpkm: CounterMode
  readonly omac: Mac
  readonly omacAcpkm: SectionedMac
  readonly mgm: Aead
}

/** The modes of one cipher on one instance. What a stream knows lies with the stream: any number may be open, and be forgotten. */
export const cipherOperations = (module: GostModule, cipher: Cipher, bulk?: Bulk): CipherOperations => {
  const key = keyBench(module, cipher)
  const ctr = counterMode(module, cipher, key)
  return {
    ecb: blocks(module, cipher, key),
    ctr: { start: (secret, iv) => ctr(secret, iv, 0) },
    ctrAcpkm: {
      start: (secret, iv, sectionBytes = SECTION_BYTES[cipher]) => {
        checkSection(cipher, sectionBytes)
        return ctr(secret, iv, sectionBytes)
      },
    },
    ...macs(module, cipher, key),
    mgm: { ...mgm(module, cipher, key), ...bulkMgm(cipher, bulk) },
  }
}

type WithKey = <T>(secret: SecretKey, work: () => T) => T

/** Lays the expanded key on the bench while `work` runs; it is expanded once, and kept with the key. */
const keyBench = ({ run, at, put, take, clean }: GostModule, cipher: Cipher): WithKey => {
  const bytes = run[`${cipher}_key_size`]()
  const owner = {}
  return (secret, work) => {
    const expanded = derivedOf(secret, owner, () => {
      put(at.small, cipherKeyBytesOf(secret))
      run[`${cipher}_set_key`](at.key, at.small)
      clean(at.small, 32)
      return take(at.key, bytes)
    })
    put(at.key, expanded)
    try {
      return work()
    } finally {
      clean(at.key, bytes)
    }
  }
}

const blocks = ({ run, at, put, take, clean }: GostModule, cipher: Cipher, withKey: WithKey): Blocks => {
  const size = BLOCK_BYTES[cipher]
  const each =
    (direction: 'encrypt' | 'decrypt') =>
    (secret: SecretKey, bytes: Uint8Array): Uint8Array => {
      if (bytes.length % size !== 0) throw new CryptoError('invalid_length', 'only whole blocks are taken')
      if (bytes.length > WORK_BYTES) throw new CryptoError('limit_exceeded', `more than ${String(WORK_BYTES)} bytes of blocks`)
      return withKey(secret, () => {
        put(at.work, bytes)
        run[`${cipher}_${direction}_blocks`](at.key, at.work, bytes.length / size)
        const made = take(at.work, bytes.length)
        clean(at.work, bytes.length)
        return made
      })
    }
  return { encrypt: each('encrypt'), decrypt: each('decrypt') }
}

const checkSection = (cipher: Cipher, sectionBytes: number): void => {
  const isWhole = Number.isSafeInteger(sectionBytes) && sectionBytes > 0 && sectionBytes % BLOCK_BYTES[cipher] === 0
  if (!isWhole) throw new CryptoError('invalid_length', 'a section is a number of whole blocks')
}

const counterMode = ({ run, at, put, take, takeTo, clean }: GostModule, cipher: Cipher, withKey: WithKey) => {
  const stateBytes = run[`${cipher}_ctr_size`]()
  return (secret: SecretKey, iv: Uint8Array, sectionBytes: number): CipherStream => {
    checkLength('the initial value', iv, BLOCK_BYTES[cipher] / 2)
    const state = withKey(secret, () => {
      put(at.small, iv)
      run[`${cipher}_ctr_start`](at.state, at.key, at.small, sectionBytes)
      return take(at.state, stateBytes)
    })
    return {
      update(bytes) {
        const out = new Uint8Array(bytes.length)
        put(at.state, state)
        for (let from = 0; from < bytes.length; from += WORK_BYTES) {
          const piece = bytes.subarray(from, from + WORK_BYTES)
          put(at.work, piece)
          run[`${cipher}_ctr_update`](at.state, at.work, at.work, piece.length)
          takeTo(out.subarray(from, from + piece.length), at.work)
          clean(at.work, piece.length)
        }
        takeTo(state, at.state)
        clean(at.state, stateBytes)
        return out
      },
    }
  }
}

const macs = (module: GostModule, cipher: Cipher, withKey: WithKey): { omac: Mac; omacAcpkm: SectionedMac } => {
  const { run, at, put, take, takeTo, clean } = module
  const stateBytes = run[`${cipher}_omac_size`]()
  const start = (secret: SecretKey, sectionBytes: number, masterSectionBytes: number): MacStream => {
    let state: Uint8Array | null = withKey(secret, () => {
      run[`${cipher}_omac_start`](at.state, at.key, sectionBytes, masterSectionBytes)
      return take(at.state, stateBytes)
    })
    const onBench = <T>(work: () => T): T => {
      if (state === null) throw new CryptoError('stream_ended', 'the sum has been answered')
      put(at.state, state)
      const made = work()
      clean(at.state, stateBytes)
      return made
    }
    return {
      update(bytes) {
        onBench(() => {
          for (let from = 0; from < bytes.length; from += WORK_BYTES) {
            const piece = bytes.subarray(from, from + WORK_BYTES)
            put(at.work, piece)
            run[`${cipher}_omac_update`](at.state, at.work, piece.length)
            clean(at.work, piece.length)
          }
          if (state !== null) takeTo(state, at.state)
        })
      },
      finish() {
        const mac = onBench(() => {
          run[`${cipher}_omac_finish`](at.state, at.small)
          return take(at.small, BLOCK_BYTES[cipher])
        })
        state?.fill(0)
        state = null
        return mac
      },
    }
  }
  return {
    omac: { start: (secret) => start(secret, 0, 0) },
    omacAcpkm: {
      start(secret, { sectionBytes, masterSectionBytes }) {
        checkSection(cipher, sectionBytes)
        checkSection(cipher, masterSectionBytes)
        return start(secret, sectionBytes, masterSectionBytes)
      },
    },
  }
}

type Inline = Pick<Aead, 'seal' | 'open'>

const mgm = ({ run, at, put, take, clean }: GostModule, cipher: Cipher, withKey: WithKey): Inline => {
  const size = BLOCK_BYTES[cipher]
  const tagAt = at.small + size

  /** Lays everything on the bench, and clears it whatever happens. */
  const onBench = <T>(
    secret: SecretKey,
    { nonce, bound, text }: { readonly nonce: Uint8Array; readonly bound: Uint8Array; readonly text: Uint8Array },
    work: () => T,
  ): T => {
    checkLength('the nonce', nonce, size)
    if (((nonce[0] ?? 0) & 0x80) !== 0) throw new CryptoError('invalid_nonce', 'the top bit of the nonce is set')
    if (bound.length > BOUND_BYTES_MAX) throw new CryptoError('limit_exceeded', 'too much data is bound to the text')
    if (text.length > WORK_BYTES) throw new CryptoError('limit_exceeded', 'too long a text for one call')
    if (bound.length + text.length === 0) throw new CryptoError('invalid_length', 'there is nothing to seal')
    return withKey(secret, () => {
      put(at.small, nonce)
      put(at.bound, bound)
      put(at.work, text)
      const made = work()
      clean(at.bound, bound.length)
      clean(at.work, text.length)
      return made
    })
  }

  return {
    seal: (secret, input) =>
      onBench(secret, input, () => {
        const { bound, text } = input
        run[`${cipher}_mgm_seal_whole`](at.key, at.small, at.bound, bound.length, at.work, text.length, tagAt)
        return { text: take(at.work, text.length), tag: take(tagAt, size) }
      }),

    open: (secret, { nonce, bound, sealed: { text, tag } }) => {
      checkLength('the tag', tag, size)
      return onBench(secret, { nonce, bound, text }, () => {
        put(tagAt, tag)
        const isRight = run[`${cipher}_mgm_open_whole`](at.key, at.small, at.bound, bound.length, at.work, text.length, tagAt)
        if (isRight === 0) throw new CryptoError('tag_mismatch', 'this is not what was sealed')
        return take(at.work, text.length)
      })
    },
  }
}

const NO_TAG = new Uint8Array(0)

/** In the thread; a thread has none of its own. */
const bulkMgm = (cipher: Cipher, bulk: Bulk | undefined): Omit<Aead, keyof Inline> => {
  const inThread = async (
    direction: 'seal' | 'open',
    secret: SecretKey,
    pieces: readonly BulkPiece[],
  ): Promise<readonly BulkPiece[]> => {
    if (bulk === undefined) throw new CryptoError('provider_failed', 'there is no thread for it here')
    return (await bulk.run({ kind: 'mgm', direction, cipher, key: cipherKeyBytesOf(secret), pieces })).pieces
  }
  return {
    sealBulk: (secret, inputs) =>
      inThread(
        'seal',
        secret,
        inputs.map(({ nonce, bound, text }) => ({ nonce, bound, text, tag: NO_TAG })),
      ).then((pieces) => pieces.map(({ text, tag }) => ({ text, tag }))),
    openBulk: (secret, inputs) =>
      inThread(
        'open',
        secret,
        inputs.map(({ nonce, bound, sealed }) => ({ nonce, bound, ...sealed })),
      ).then((pieces) => pieces.map(({ text }) => text)),
  }
}
