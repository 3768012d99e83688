import type { Algorithm, CurveName } from '../operations.ts'

/**
 * What a standard says comes out of what. Bytes are hex, with spaces where a reader wants them; of a signature `valid: false` says that
 * it is none.
 */
interface Named {
  readonly name: string
}

export interface BlocksVector extends Named {
  readonly key: string
  readonly plain: string
  readonly sealed: string
}
export interface CounterVector extends Named {
  readonly key: string
  readonly iv: string
  readonly sectionBytes?: number
  readonly plain: string
  readonly sealed: string
}
export interface MacVector extends Named {
  readonly key: string
  readonly data: string
  /** Its first bytes, where the standard prints no more. */
  readonly mac: string
  readonly sectionBytes?: number
  readonly masterSectionBytes?: number
}
export interface AeadVector extends Named {
  readonly key: string
  readonly nonce: string
  readonly bound: string
  readonly plain: string
  readonly sealed: string
  readonly tag: string
}
export interface HashVector extends Named {
  readonly data: string
  readonly digest: string
}
export interface PasswordVector extends Named {
  readonly password: string
  readonly salt: string
  readonly rounds: number
  readonly derived: string
}
export interface TreeVector extends Named {
  readonly key: string
  readonly label: string
  readonly seed: string
  readonly counterBytes: number
  readonly derived: string
}
export interface WrapVector extends Named {
  readonly macKey: string
  readonly cipherKey: string
  readonly iv: string
  readonly key: string
  readonly wrapped: string
}
export interface SignatureVector extends Named {
  readonly curve: CurveName
  readonly point: string
  readonly message: string
  readonly signature: string
  readonly valid: boolean
}

interface VectorOf {
  readonly ecb: BlocksVector
  readonly ctr: CounterVector
  readonly mac: MacVector
  readonly mgm: AeadVector
  readonly hash: HashVector
  readonly pbkdf2: PasswordVector
  readonly tree: TreeVector
  readonly wrap: WrapVector
  readonly signature: SignatureVector
}
type Shape = keyof VectorOf

/** One file: the vectors of one algorithm out of one source. */
export type VectorFile = {
  readonly [shape in Shape]: {
    readonly shape: shape
    readonly algorithm: Algorithm
    /** The standard and its section. */
    readonly source: string
    readonly vectors: readonly VectorOf[shape][]
  }
}[Shape]

export const fromHex = (text: string): Uint8Array => {
  const digits = text.replaceAll(' ', '')
  if (digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits)) throw new Error(`not hex: ${text.slice(0, 40)}`)
  return Buffer.from(digits, 'hex')
}
