import { CryptoError } from '../crypto-error.ts'
import type { Operations } from '../operations.ts'
import { bytesOf, importKey } from '../secret-key.ts'
import { fromHex, type VectorFile } from './vector.ts'

/** How the data is given: in one piece, or a byte at a time. */
export const MANNERS = ['whole', 'bytewise'] as const
export type Manner = (typeof MANNERS)[number]

export interface VectorOutcome {
  readonly vector: string
  readonly manner: Manner
  /** Null where it came out as it should. */
  readonly fault: string | null
}

/** Each vector in each manner that its operation knows, and each with what must make it fail. An error becomes a fault. */
export const runVectors = async (operations: Partial<Operations>, file: VectorFile): Promise<VectorOutcome[]> => {
  const outcomes: VectorOutcome[] = []
  for (const manner of MANNERS) {
    for (const [name, check] of checksOf(operations, file, manner)) {
      outcomes.push({ vector: name, manner, fault: await faultOf(check) })
    }
  }
  return outcomes
}

type Check = () => boolean | Promise<boolean>

const faultOf = async (check: Check): Promise<string | null> => {
  try {
    return (await check()) ? null : 'another outcome'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const checksOf = (operations: Partial<Operations>, file: VectorFile, manner: Manner): (readonly [string, Check])[] => {
  if (operations[file.algorithm] === undefined) return []
  // A file's shape goes with its algorithm: `vectors.test.ts` holds every file to that.
  const operation = operations[file.algorithm] as never
  switch (file.shape) {
    case 'ecb':
      return manner === 'whole' ? file.vectors.map((vector) => [vector.name, blocksCheck(operation, vector)]) : []
    case 'ctr':
      return file.vectors
        .filter((vector) => hasSection(operation, vector))
        .map((vector) => [vector.name, counterCheck(operation, vector, manner)])
    case 'mac':
      return file.vectors.map((vector) => [vector.name, macCheck(operation, vector, manner)])
    case 'mgm':
      return manner === 'whole' ? file.vectors.flatMap((vector) => aeadChecks(operation, vector)) : []
    case 'hash':
      return file.vectors.map((vector) => [vector.name, hashCheck(operation, vector, manner)])
    case 'pbkdf2':
      return manner === 'whole' ? file.vectors.map((vector) => [vector.name, passwordCheck(operation, vector)]) : []
    case 'tree':
      return manner === 'whole' ? file.vectors.map((vector) => [vector.name, treeCheck(operation, vector)]) : []
    case 'wrap':
      return manner === 'whole' ? file.vectors.flatMap((vector) => wrapChecks(operation, vector)) : []
    case 'signature':
      return manner === 'whole' ? file.vectors.map((vector) => [vector.name, signatureCheck(operation, vector)]) : []
  }
}

type VectorIn<Shape extends VectorFile['shape']> = Extract<VectorFile, { shape: Shape }>['vectors'][number]

const blocksCheck = (ecb: Operations['kuznyechik-ecb'], { key, plain, sealed }: VectorIn<'ecb'>): Check => {
  const secret = importKey(fromHex(key))
  return () =>
    same(ecb.encrypt(secret, fromHex(plain)), fromHex(sealed)) && same(ecb.decrypt(secret, fromHex(sealed)), fromHex(plain))
}

/** Who has but one length of section is not asked for others: it refuses them, which its own tests hold it to. */
const hasSection = ({ onlySectionBytes }: Operations['kuznyechik-ctr-acpkm'], { sectionBytes }: VectorIn<'ctr'>): boolean =>
  onlySectionBytes === undefined || sectionBytes === undefined || sectionBytes === onlySectionBytes

const counterCheck = (ctr: Operations['kuznyechik-ctr'], vector: VectorIn<'ctr'>, manner: Manner): Check => {
  const { key, iv, sectionBytes, plain, sealed } = vector
  const apply = (bytes: Uint8Array): Uint8Array => {
    const stream = ctr.start(importKey(fromHex(key)), fromHex(iv), sectionBytes)
    return Buffer.concat(pieces(bytes, manner).map((piece) => stream.update(piece)))
  }
  return () => same(apply(fromHex(plain)), fromHex(sealed)) && same(apply(fromHex(sealed)), fromHex(plain))
}

const macCheck = (
  mac: Operations['hmac-streebog-256' | 'kuznyechik-omac-acpkm'],
  vector: VectorIn<'mac'>,
  manner: Manner,
): Check => {
  const { sectionBytes = 0, masterSectionBytes = 0 } = vector
  return () => {
    const stream = mac.start(importKey(fromHex(vector.key)), { sectionBytes, masterSectionBytes })
    for (const piece of pieces(fromHex(vector.data), manner)) stream.update(piece)
    const expected = fromHex(vector.mac)
    return expected.length > 0 && same(stream.finish().subarray(0, expected.length), expected)
  }
}

const hashCheck = (hash: Operations['streebog-256'], { data, digest }: VectorIn<'hash'>, manner: Manner): Check => {
  return () => {
    const stream = hash.start()
    for (const piece of pieces(fromHex(data), manner)) stream.update(piece)
    return same(stream.finish(), fromHex(digest))
  }
}

const aeadChecks = (mgm: Operations['kuznyechik-mgm'], vector: VectorIn<'mgm'>): (readonly [string, Check])[] => {
  const [nonce, bound, text] = [fromHex(vector.nonce), fromHex(vector.bound), fromHex(vector.plain)]
  const sealed = { text: fromHex(vector.sealed), tag: fromHex(vector.tag) }
  const key = importKey(fromHex(vector.key))
  const opens = (input: Parameters<typeof mgm.open>[1]): boolean => same(mgm.open(key, input), text)
  const refused = (input: Parameters<typeof mgm.open>[1]): Check => refuses(() => mgm.open(key, input))
  const { name } = vector
  return [
    [
      `${name}, sealed`,
      () => {
        const made = mgm.seal(key, { nonce, bound, text })
        return same(made.text, sealed.text) && same(made.tag, sealed.tag)
      },
    ],
    [`${name}, opened`, () => opens({ nonce, bound, sealed })],
    [`${name}, another tag`, refused({ nonce, bound, sealed: { ...sealed, tag: flipped(sealed.tag) } })],
    [`${name}, another nonce`, refused({ nonce: flipped(nonce), bound, sealed })],
    ...(bound.length > 0 ? ([[`${name}, other bound data`, refused({ nonce, bound: flipped(bound), sealed })]] as const) : []),
    ...(text.length > 0
      ? ([[`${name}, another text`, refused({ nonce, bound, sealed: { ...sealed, text: flipped(sealed.text) } })]] as const)
      : []),
  ]
}

const passwordCheck = (kdf: Operations['pbkdf2-streebog-512'], vector: VectorIn<'pbkdf2'>): Check => {
  const { password, salt, rounds, derived } = vector
  return async () => {
    const bytes = fromHex(derived).length
    return same(await kdf.derive({ password: fromHex(password), salt: fromHex(salt), rounds, bytes }), fromHex(derived))
  }
}

const treeCheck = (tree: Operations['kdf-tree-streebog-256'], vector: VectorIn<'tree'>): Check => {
  const { key, label, seed, counterBytes, derived } = vector
  return () => {
    const bytes = fromHex(derived).length
    const input = { label: fromHex(label), seed: fromHex(seed), counterBytes, bytes }
    return same(tree.derive(importKey(fromHex(key)), input), fromHex(derived))
  }
}

const wrapChecks = (wrap: Operations['kuznyechik-kexp15'], vector: VectorIn<'wrap'>): (readonly [string, Check])[] => {
  const keys = { mac: importKey(fromHex(vector.macKey)), cipher: importKey(fromHex(vector.cipherKey)) }
  const [iv, key, wrapped] = [fromHex(vector.iv), fromHex(vector.key), fromHex(vector.wrapped)]
  return [
    [`${vector.name}, wrapped`, () => same(wrap.wrap(keys, { iv, key: importKey(key) }), wrapped)],
    [`${vector.name}, unwrapped`, () => same(bytesOf(wrap.unwrap(keys, { iv, wrapped })), key)],
    [`${vector.name}, changed`, refuses(() => wrap.unwrap(keys, { iv, wrapped: flipped(wrapped) }))],
  ]
}

const signatureCheck = (signature: Operations['gost3410-2012-256'], vector: VectorIn<'signature'>): Check => {
  const { curve, point, message, signature: bytes, valid } = vector
  return async () => (await signature.verify({ curve, point: fromHex(point) }, fromHex(message), fromHex(bytes))) === valid
}

const refuses = (act: () => unknown): Check => {
  return () => {
    try {
      act()
      return false
    } catch (error) {
      return error instanceof CryptoError && error.code === 'tag_mismatch'
    }
  }
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

const flipped = (bytes: Uint8Array): Uint8Array => {
  const changed = Uint8Array.from(bytes)
  const last = changed.length - 1
  changed[last] = (changed[last] ?? 0) ^ 1
  return changed
}

const pieces = (bytes: Uint8Array, manner: Manner): Uint8Array[] =>
  manner === 'whole' ? [bytes] : Array.from(bytes, (_, index) => bytes.subarray(index, index + 1))
