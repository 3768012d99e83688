import { readFile, stat } from 'node:fs/promises'
import type { Crypto } from '../gost/crypto.ts'
import type { VerifyingKey } from '../gost/operations.ts'
import { MANIFEST_BYTES_MAX, ManifestFault, readManifest, type Entry, type Manifest, type ManifestFaultCode } from './manifest.ts'
import { checkManifestSignature, type SignatureVerdict } from './signing-keys.ts'
import { readTree, type TreeEntry } from './tree.ts'

export const FILE_FAULTS = ['missing', 'changed', 'extra', 'mode', 'type', 'link_target', 'unreadable'] as const
export type FileFaultKind = (typeof FILE_FAULTS)[number]

export interface FileFault {
  readonly kind: FileFaultKind
  readonly path: string
}

export type Verdict =
  | { readonly state: 'whole'; readonly version: string; readonly files: number }
  | { readonly state: 'faults'; readonly version: string; readonly files: number; readonly faults: readonly FileFault[] }
  /** Nothing was compared: the list itself cannot be believed. */
  | { readonly state: 'no_manifest'; readonly reason: 'missing' | Exclude<SignatureVerdict, 'right'> | ManifestFaultCode }

export interface InstallationToVerify {
  readonly root: string
  readonly manifestPath: string
  readonly signaturePath: string
  readonly verifying: VerifyingKey
}

/** The signature first, and nothing of the manifest before it; then every file below the root. */
export const verifyInstallation = async (crypto: Pick<Crypto, 'operation'>, given: InstallationToVerify): Promise<Verdict> => {
  const read = async (path: string): Promise<string | null> => {
    const found = await stat(path).catch(() => null)
    return found === null || found.size > MANIFEST_BYTES_MAX ? null : readFile(path, 'utf8').catch(() => null)
  }
  const [text, signature] = [await read(given.manifestPath), await read(given.signaturePath)]
  if (text === null || signature === null) return { state: 'no_manifest', reason: 'missing' }
  const signed = await checkManifestSignature(crypto, given.verifying, { manifest: text, signature })
  if (signed !== 'right') return { state: 'no_manifest', reason: signed }
  let manifest: Manifest
  try {
    manifest = readManifest(text)
  } catch (error) {
    if (error instanceof ManifestFault) return { state: 'no_manifest', reason: error.code }
    throw error
  }
  const faults = compare(manifest.entries, await readTree(crypto, given.root, manifest))
  const counted = { version: manifest.version, files: manifest.entries.length }
  return faults.length === 0 ? { state: 'whole', ...counted } : { state: 'faults', ...counted, faults }
}

const compare = (expected: readonly Entry[], found: readonly TreeEntry[]): FileFault[] => {
  const lying = new Map(found.map((entry) => [entry.path, entry]))
  const faults: FileFault[] = []
  for (const entry of expected) {
    const there = lying.get(entry.path)
    lying.delete(entry.path)
    const kind = there === undefined ? 'missing' : faultOf(entry, there)
    if (kind !== null) faults.push({ kind, path: entry.path })
  }
  for (const { path } of lying.values()) faults.push({ kind: 'extra', path })
  return faults
}

const faultOf = (expected: Entry, there: TreeEntry): FileFaultKind | null => {
  if (there.kind === 'unreadable') return 'unreadable'
  if (there.kind !== expected.kind) return 'type'
  if (there.kind === 'link' || expected.kind === 'link') {
    return there.kind === 'link' && expected.kind === 'link' && there.target === expected.target ? null : 'link_target'
  }
  if (there.sizeBytes !== expected.sizeBytes || there.sum !== expected.sum) return 'changed'
  return there.mode === expected.mode ? null : 'mode'
}
