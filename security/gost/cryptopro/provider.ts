import { randomBytes } from 'node:crypto'
import type { Assurance, CryptoProvider } from '../provider.ts'
import { createCryptcp, cryptcpError } from './cryptcp.ts'
import { cryptoproCms } from './cryptopro-cms.ts'
import { cryptoproKey } from './cryptopro-key.ts'
import { privateParent, sweepPrivateFolders } from './private-folder.ts'

/** A token that is asked over a network may take its time; a window that waits for somebody to press a button has none. */
const TIMEOUT_MS = 60_000
/** So many limits later nobody works in a private folder any more. */
const LIMITS_TO_LEFTOVER = 10

export interface CryptoproOptions {
  /** Of CryptoPro's programs: `/opt/cprocsp/bin/amd64`. */
  readonly folder: string
  /** SHA-1 of the certificate in this user's store, in hex: how CryptoPro names one. */
  readonly thumbprint: string
  readonly pin: string | null
  readonly assurance: Assurance
  readonly timeoutMs?: number
  /** Where files lie during a call. */
  readonly parent?: string
}

/**
 * CryptoPro CSP by its program cryptcp: CMS, and a key-encryption key that is the private key of a certificate. It has none of the
 * algorithms alone: its programs take files and certificates, no keys.
 *
 * No CryptoPro CSP was at hand: this was tried with a stand-in that does CMS by gost-engine and answers as published programs that call it expect. Whether
 * `-askpin` takes a PIN that is no terminal's is not known; a container without a PIN, or one that CryptoPro has kept, asks for none.
 * Rejects with `not_installed`, `key_unknown`, `timed_out`, `provider_failed`.
 */
export const cryptoproProvider = async (options: CryptoproOptions): Promise<CryptoProvider> => {
  const { folder, thumbprint, pin, assurance, timeoutMs = TIMEOUT_MS } = options
  const parent = options.parent ?? (await privateParent())
  await sweepPrivateFolders(parent, LIMITS_TO_LEFTOVER * timeoutMs)
  const cryptcp = createCryptcp({ folder, pin, timeoutMs, parent })
  // It says its version, and shows that program, licence and certificate are there. The PIN is left for when it is needed.
  const tried = await cryptcp.run({
    words: ['-encr', '-der', '-nochain', '-thumbprint', thumbprint, 'content', 'message'],
    files: { content: randomBytes(32) },
    answer: 'message',
    needsPin: false,
  })
  if (tried.number !== 0) throw cryptcpError(tried.number)
  const cms = cryptoproCms({ cryptcp, thumbprint, hasPin: pin !== null })
  return {
    id: 'cryptopro-cli',
    version: `CryptCP ${tried.version}`,
    assurance,
    operations: {},
    cms,
    outsideKey: cryptoproKey(cms),
    close: () => Promise.resolve(),
  }
}
