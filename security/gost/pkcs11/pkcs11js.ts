import { createRequire } from 'node:module'
import { CryptoError } from '../crypto-error.ts'

/**
 * As much of pkcs11js 2.1.7 as is used. The package is optional and native: it is not there where nothing could compile it, so that it is
 * neither imported nor bundled, and its types are ours.
 */

export type Handle = Buffer
export interface Attribute {
  readonly type: number
  readonly value?: number | boolean | string | Buffer
}
export interface Mechanism {
  readonly mechanism: number
  readonly parameter?: Buffer
}

/** A library of Cryptoki. Calls throw a `Pkcs11Error` whose `code` is the CKR number; those that end in Async run beside the event loop. */
export interface Cryptoki {
  load(path: string): void
  close(): void
  C_Initialize(options: { readonly flags: number }): void
  C_Finalize(): void
  C_GetInfo(): {
    readonly libraryDescription: string
    readonly libraryVersion: { readonly major: number; readonly minor: number }
  }
  C_GetSlotList(tokenPresent: boolean): Handle[]
  C_GetTokenInfo(slot: Handle): { readonly label: string; readonly model: string; readonly flags: number }
  C_GetMechanismList(slot: Handle): number[]
  C_OpenSession(slot: Handle, flags: number): Handle
  C_CloseSession(session: Handle): void
  C_CloseAllSessions(slot: Handle): void
  C_Login(session: Handle, userType: number, pin: string): void
  C_CreateObject(session: Handle, template: readonly Attribute[]): Handle
  C_DestroyObject(session: Handle, object: Handle): void
  C_FindObjectsInit(session: Handle, template: readonly Attribute[]): void
  C_FindObjects(session: Handle, maxObjectCount: number): Handle[]
  C_FindObjectsFinal(session: Handle): void
  C_GetAttributeValue(session: Handle, object: Handle, template: readonly Attribute[]): AttributeValue[]
  C_GenerateKeyAsync(session: Handle, mechanism: Mechanism, template: readonly Attribute[]): Promise<Handle>
  /** Answers a part of `room`. */
  C_WrapKeyAsync(session: Handle, mechanism: Mechanism, wrappingKey: Handle, key: Handle, room: Buffer): Promise<Buffer>
  C_UnwrapKeyAsync(
    session: Handle,
    mechanism: Mechanism,
    unwrappingKey: Handle,
    wrapped: Buffer,
    template: readonly Attribute[],
  ): Promise<Handle>
}
export interface AttributeValue {
  readonly type: number
  readonly value: Buffer
}

/** Throws `not_installed`. */
export const newCryptoki = (): Cryptoki => {
  try {
    const { PKCS11 } = createRequire(import.meta.url)('pkcs11js') as { readonly PKCS11: new () => Cryptoki }
    return new PKCS11()
  } catch {
    throw new CryptoError(
      'not_installed',
      'pkcs11js was not compiled when the packages were installed: it needs Python, make, a C++ compiler and the headers of Node',
    )
  }
}
