/**
 * gost-crypto where there is no global WebCrypto, which it looks for when it is loaded: a program of its own, since a process that has
 * loaded it keeps it. Prints as JSON what it found.
 */
import { createRequire } from 'node:module'
import { gostCryptoSignature } from '../gost-crypto/signature.ts'
import type { Hash } from '../operations.ts'

export interface GostCryptoProbe {
  /** How many files of the package were loaded when the operations were there, and when they had been used. */
  readonly loaded: readonly [number, number]
  readonly mathRandomCalls: number
  readonly isValid: boolean
}

let mathRandomCalls = 0
Reflect.deleteProperty(globalThis, 'crypto')
Math.random = () => ++mathRandomCalls / 1e9

const { cache } = createRequire(import.meta.url)
const loaded = (): number => Object.keys(cache).filter((path) => path.includes('/gost-crypto/lib/')).length
const hash: Hash = { start: () => ({ update: () => undefined, finish: () => new Uint8Array(32).fill(1) }) }
const message = Buffer.from('a message')

const signature = gostCryptoSignature(256, hash)
const before = loaded()
const { signing, verifying } = await signature.generate('tc26-256-b')
const isValid = await signature.verify(verifying, message, await signature.sign(signing, message))
const probe: GostCryptoProbe = { loaded: [before, loaded()], mathRandomCalls, isValid }
console.log(JSON.stringify(probe))
