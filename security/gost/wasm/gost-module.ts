import { readFileSync } from 'node:fs'
import type { Cipher } from '../operations.ts'

/** An address in the module's memory. */
type At = number

type CipherExports = {
  readonly [name in `${Cipher}_set_key`]: (key: At, bytes: At) => void
} & { readonly [name in `${Cipher}_ctr_start`]: (state: At, key: At, iv: At, sectionBytes: number) => void } & {
  readonly [name in `${Cipher}_ctr_update`]: (state: At, from: At, to: At, bytes: number) => void
} & {
  readonly [name in `${Cipher}_omac_start`]: (state: At, key: At, sectionBytes: number, masterSectionBytes: number) => void
} & {
  readonly [name in `${Cipher}_omac_update`]: (state: At, from: At, bytes: number) => void
} & { readonly [name in `${Cipher}_omac_finish`]: (state: At, mac: At) => void } & {
  readonly [name in `${Cipher}_mgm_seal_whole`]: (
    key: At,
    nonce: At,
    bound: At,
    boundBytes: number,
    text: At,
    textBytes: number,
    tag: At,
  ) => void
} & {
  readonly [name in `${Cipher}_mgm_open_whole`]: (
    key: At,
    nonce: At,
    bound: At,
    boundBytes: number,
    text: At,
    textBytes: number,
    tag: At,
  ) => number
} & { readonly [name in `${Cipher}_${'encrypt' | 'decrypt'}_blocks`]: (key: At, at: At, count: number) => void } & {
  readonly [name in `${Cipher}_${'key' | 'ctr' | 'omac'}_size`]: () => number
}

interface HashExports {
  readonly streebog_size: () => number
  readonly streebog_start: (state: At, hashBytes: number) => void
  readonly streebog_update: (state: At, from: At, bytes: number) => void
  readonly streebog_finish: (state: At, digest: At) => void
  readonly hmac_key_size: () => number
  readonly hmac_set_key: (key: At, hashBytes: number, from: At, bytes: number) => void
  readonly hmac_start: (key: At, state: At) => void
  readonly hmac_finish: (key: At, state: At, mac: At) => void
  /** `sum` holds the first U and then the block; its own state is on the module's stack. */
  readonly pbkdf2_iterate: (key: At, sum: At, rounds: number) => void
}

export interface GostExports extends CipherExports, HashExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
  readonly __heap_base: { readonly value: At }
  readonly initialise: () => void
  readonly clear: (at: At, bytes: number) => void
}

/** Bytes of text in one call; what is longer goes in pieces, and what cannot be cut is refused. */
export const WORK_BYTES = 256 * 1024
/** Bytes of data bound to a text, of a nonce or a key of HMAC. */
export const BOUND_BYTES_MAX = 64 * 1024
const CELL_BYTES = 1024
const PAGE_BYTES = 64 * 1024

/**
 * One instance of the module. Its memory is a workbench: whoever works puts keys, states and data there and takes them away before
 * anybody else runs, and nothing of them stays (`clean`). So there is nothing to hand out and nothing to give back.
 */
export interface GostModule {
  readonly run: GostExports
  readonly simd: boolean
  readonly at: { readonly key: At; readonly state: At; readonly small: At; readonly bound: At; readonly work: At }
  put(at: At, bytes: Uint8Array): void
  /** A copy. */
  take(at: At, bytes: number): Uint8Array
  takeTo(to: Uint8Array, at: At): void
  /** Overwrites so much of the workbench. */
  clean(at: At, bytes: number): void
}

/** As much of it as is used here: the language's own types have it for browsers alone. */
interface WebAssemblyHost {
  validate(bytes: Uint8Array): boolean
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: object }
}
const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyHost }
const compiled = new Map<boolean, object>()

/** Whether this machine and this Node run the build that uses SIMD; it is the faster one. */
export const hasSimd = (): boolean => WebAssembly.validate(readFileSync(fileOf(true)))

const fileOf = (simd: boolean): URL => new URL(simd ? './gost-simd.wasm' : './gost.wasm', import.meta.url)

/** Synchronous: it takes some milliseconds, once a thread. */
export const startGostModule = (simd: boolean): GostModule => {
  const module = compiled.get(simd) ?? new WebAssembly.Module(readFileSync(fileOf(simd)))
  compiled.set(simd, module)
  // What its sources export, and nothing else has built it.
  const run = new WebAssembly.Instance(module).exports as GostExports
  run.initialise()
  const start = Math.ceil(run.__heap_base.value / CELL_BYTES) * CELL_BYTES
  const at = {
    key: start,
    state: start + CELL_BYTES,
    small: start + 2 * CELL_BYTES,
    bound: start + 3 * CELL_BYTES,
    work: start + 3 * CELL_BYTES + BOUND_BYTES_MAX,
  }
  const missing = at.work + WORK_BYTES - run.memory.buffer.byteLength
  if (missing > 0) run.memory.grow(Math.ceil(missing / PAGE_BYTES))
  const memory = new Uint8Array(run.memory.buffer)
  return {
    run,
    simd,
    at,
    put: (to, bytes) => {
      memory.set(bytes, to)
    },
    take: (from, bytes) => memory.slice(from, from + bytes),
    takeTo: (to, from) => {
      to.set(memory.subarray(from, from + to.length))
    },
    clean: (from, bytes) => {
      memory.fill(0, from, from + bytes)
    },
  }
}
