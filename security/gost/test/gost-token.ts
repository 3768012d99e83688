import { randomBytes } from 'node:crypto'
import type { Attribute, Handle, Mechanism, Cryptoki } from '../pkcs11/pkcs11js.ts'
import { CryptoError } from '../crypto-error.ts'
import type { KeyWrap } from '../operations.ts'
import { CKA, CKF, CKR } from '../pkcs11/cryptoki.ts'
import { KUZNYECHIK_KEXP15 } from '../pkcs11/gost-mechanisms.ts'
import { bytesOf, importKey } from '../secret-key.ts'

/** As pkcs11js throws it. */
const refusal = (name: keyof typeof CKR): Error =>
  Object.assign(new Error(`CKR_${name}`), { name: 'Pkcs11Error', code: CKR[name] })

type Values = Map<number, Attribute['value']>

/**
 * A token that wraps by KExp15 under a pair of Kuznyechik keys, because no real one was at hand: sessions, login with three tries,
 * objects that go with their session, the mechanism's rules. It is told to be pulled out, put in, and reset.
 */
export class GostToken implements Cryptoki {
  tries = 3
  isIn = true
  readonly #kexp15: KeyWrap
  readonly #pin: string
  readonly #objects = new Map<string, Values>()
  readonly #sessions = new Set<string>()
  #isLoggedIn = false
  #found: Handle[] = []

  constructor({ kexp15, pin, label }: { kexp15: KeyWrap; pin: string; label: string }) {
    this.#kexp15 = kexp15
    this.#pin = pin
    this.#add([
      { type: CKA.CLASS, value: 4 },
      { type: CKA.KEY_TYPE, value: KUZNYECHIK_KEXP15.twinKeyType },
      { type: CKA.LABEL, value: label },
      { type: CKA.TOKEN, value: true },
      { type: CKA.SENSITIVE, value: true },
      { type: CKA.EXTRACTABLE, value: false },
      { type: CKA.WRAP, value: true },
      { type: CKA.UNWRAP, value: true },
      { type: CKA.VALUE, value: randomBytes(64) },
    ])
  }
  /** Ends all sessions; what is in it stays. */
  reset(): void {
    this.#sessions.clear()
    this.#isLoggedIn = false
  }
  get keysOfSessions(): number {
    return [...this.#objects.values()].filter((values) => values.get(CKA.TOKEN) !== true).length
  }
  load(): void {}
  close(): void {}
  C_Initialize(): void {}
  C_Finalize(): void {}
  C_GetInfo() {
    return { libraryDescription: 'stand-in', libraryVersion: { major: 1, minor: 0 } }
  }
  C_GetSlotList(): Handle[] {
    return this.isIn ? [Buffer.of(1)] : []
  }
  C_GetTokenInfo() {
    const flags = CKF.TOKEN_INITIALIZED | (this.tries === 1 ? CKF.USER_PIN_FINAL_TRY : this.tries <= 0 ? CKF.USER_PIN_LOCKED : 0)
    return { label: 'ГОСТ'.padEnd(32), model: 'stand-in', flags }
  }
  C_GetMechanismList(): number[] {
    return [KUZNYECHIK_KEXP15.mechanism]
  }
  C_OpenSession(): Handle {
    if (!this.isIn) throw refusal('TOKEN_NOT_PRESENT')
    const session = randomBytes(8)
    this.#sessions.add(session.toString('hex'))
    return session
  }
  C_CloseSession(session: Handle): void {
    this.#require(session, { login: false })
    this.#sessions.delete(session.toString('hex'))
  }
  C_CloseAllSessions(): void {
    this.reset()
  }
  C_Login(session: Handle, _user: number, pin: string): void {
    this.#require(session, { login: false })
    if (pin !== this.#pin) {
      this.tries--
      throw refusal(this.tries > 0 ? 'PIN_INCORRECT' : 'PIN_LOCKED')
    }
    this.#isLoggedIn = true
  }
  C_CreateObject(session: Handle, template: readonly Attribute[]): Handle {
    this.#require(session)
    return this.#add(template)
  }
  C_DestroyObject(session: Handle, object: Handle): void {
    this.#require(session)
    this.#objects.delete(object.toString('hex'))
  }
  C_FindObjectsInit(session: Handle, template: readonly Attribute[]): void {
    this.#require(session)
    this.#found = [...this.#objects]
      .filter(([, values]) => template.every(({ type, value }) => values.get(type) === value))
      .map(([handle]) => Buffer.from(handle, 'hex'))
  }
  C_FindObjects(): Handle[] {
    return this.#found
  }
  C_FindObjectsFinal(): void {}
  C_GetAttributeValue(session: Handle, object: Handle, template: readonly Attribute[]) {
    this.#require(session)
    return template.map(({ type }) => {
      const value = this.#valuesOf(object).get(type)
      if (typeof value !== 'number' && typeof value !== 'boolean') return { type, value: Buffer.from(value ?? '') }
      const bytes = Buffer.alloc(typeof value === 'number' ? 8 : 1)
      bytes.writeUIntLE(Number(value), 0, Math.min(bytes.length, 6))
      return { type, value: bytes }
    })
  }
  C_GenerateKeyAsync(): Promise<Handle> {
    return Promise.reject(refusal('FUNCTION_FAILED'))
  }
  async C_WrapKeyAsync(session: Handle, mechanism: Mechanism, wrappingKey: Handle, key: Handle, room: Buffer): Promise<Buffer> {
    this.#require(session)
    const wrapped = this.#kexp15.wrap(this.#pairOf(wrappingKey), { iv: ivOf(mechanism), key: importKey(this.#bytesOf(key)) })
    room.set(wrapped)
    return Promise.resolve(room.subarray(0, wrapped.length))
  }
  async C_UnwrapKeyAsync(
    session: Handle,
    mechanism: Mechanism,
    unwrappingKey: Handle,
    wrapped: Buffer,
    template: readonly Attribute[],
  ): Promise<Handle> {
    this.#require(session)
    try {
      const key = this.#kexp15.unwrap(this.#pairOf(unwrappingKey), { iv: ivOf(mechanism), wrapped })
      return await Promise.resolve(this.#add([...template, { type: CKA.VALUE, value: Buffer.from(bytesOf(key)) }]))
    } catch (error) {
      throw error instanceof CryptoError ? refusal('WRAPPED_KEY_INVALID') : error
    }
  }
  #add(template: readonly Attribute[]): Handle {
    const handle = randomBytes(8)
    const values: Values = new Map(template.map(({ type, value }) => [type, Buffer.isBuffer(value) ? Buffer.from(value) : value]))
    this.#objects.set(handle.toString('hex'), values)
    return handle
  }
  #require(session: Handle, { login = true } = {}): void {
    if (!this.isIn) throw refusal('DEVICE_REMOVED')
    if (!this.#sessions.has(session.toString('hex'))) throw refusal('SESSION_HANDLE_INVALID')
    if (login && !this.#isLoggedIn) throw refusal('USER_NOT_LOGGED_IN')
  }
  #valuesOf(object: Handle): Values {
    const values = this.#objects.get(object.toString('hex'))
    if (values === undefined) throw refusal('KEY_HANDLE_INVALID')
    return values
  }
  #bytesOf(object: Handle): Buffer {
    const value = this.#valuesOf(object).get(CKA.VALUE)
    if (!Buffer.isBuffer(value)) throw refusal('KEY_HANDLE_INVALID')
    return value
  }
  #pairOf(object: Handle) {
    const both = this.#bytesOf(object)
    return { mac: importKey(both.subarray(0, 32)), cipher: importKey(both.subarray(32)) }
  }
}

const ivOf = ({ mechanism, parameter }: Mechanism): Buffer => {
  if (mechanism !== KUZNYECHIK_KEXP15.mechanism || parameter?.length !== 8) throw refusal('FUNCTION_FAILED')
  return parameter
}
