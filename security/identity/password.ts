import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

/** Cost of one hash (RFC 7914): N, r, p. Memory is 128·N·r bytes. */
export interface ScryptCost {
  readonly n: number
  readonly r: number
  readonly p: number
}

/** 16 MiB and about 0.2 s of one core: OWASP's equal of N=2^17, p=1 for a machine that must stay small (Password Storage Cheat Sheet). */
export const SCRYPT_COST: ScryptCost = { n: 2 ** 14, r: 8, p: 5 }
const SALT_BYTES = 16
const HASH_BYTES = 32
const MEMORY_BYTES_MAX = 64 * 1024 * 1024
/** More at once would take the thread pool from files and name look-ups, and the memory from everything. */
const HASHES_AT_ONCE_MAX = 2
/** About 15 s of waiting: whoever comes later is told to come again. */
const HASHES_WAITING_MAX = 200

/** `scrypt$n=…,r=…,p=…$salt$hash`, the last two in base64url. Takes about 0.2 s; waits for its turn. */
export const hashPassword = async (password: string, cost: ScryptCost = SCRYPT_COST): Promise<string> => {
  const salt = randomBytes(SALT_BYTES)
  const hash = await derive(password, salt, cost)
  return format(cost, salt, hash)
}

/**
 * Whether the password belongs to the stored hash. `stored` is null where nobody has the login: then the same work is done for
 * nothing, so that the time gives nothing away. Throws on a stored value of another form.
 */
export const verifyPassword = async (password: string, stored: string | null): Promise<boolean> => {
  const { cost, salt, hash } = parse(stored ?? NOBODYS)
  const derived = await derive(password, salt, cost)
  const same = timingSafeEqual(derived, hash)
  return same && stored !== null
}

/** True where so many wait that one more should be refused; to be asked before anything is counted against anybody. */
export const isPasswordLineFull = (): boolean => waiting.length >= HASHES_WAITING_MAX

const format = (cost: ScryptCost, salt: Buffer, hash: Buffer): string =>
  `scrypt$n=${cost.n},r=${cost.r},p=${cost.p}$${salt.toString('base64url')}$${hash.toString('base64url')}`

const NOBODYS = format(SCRYPT_COST, randomBytes(SALT_BYTES), randomBytes(HASH_BYTES))
const STORED = /^scrypt\$n=(\d{1,8}),r=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9_-]+)\$([A-Za-z0-9_-]{43})$/

const parse = (stored: string): { cost: ScryptCost; salt: Buffer; hash: Buffer } => {
  const [, n, r, p, salt, hash] = STORED.exec(stored) ?? []
  if (salt === undefined || hash === undefined) throw new Error('a stored password hash has a form that is not known here')
  return {
    cost: { n: Number(n), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64url'),
    hash: Buffer.from(hash, 'base64url'),
  }
}

let running = 0
const waiting: (() => void)[] = []

const derive = async (password: string, salt: Buffer, cost: ScryptCost): Promise<Buffer> => {
  if (running >= HASHES_AT_ONCE_MAX) await new Promise<void>((resolve) => waiting.push(resolve))
  else running++
  try {
    return await scryptOf(password, salt, cost)
  } finally {
    // The place goes to the next in line, or back.
    const next = waiting.shift()
    if (next === undefined) running--
    else next()
  }
}

const scryptOf = (password: string, salt: Buffer, cost: ScryptCost): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    // One keyboard sends й as one character, another as two: the same password for its owner (NFKC, as RFC 8265 has it).
    const options = { N: cost.n, r: cost.r, p: cost.p, maxmem: MEMORY_BYTES_MAX }
    scrypt(password.normalize('NFKC'), salt, HASH_BYTES, options, (error, key) => {
      if (error === null) resolve(key)
      else reject(error)
    })
  })
