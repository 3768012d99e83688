import type { Cms } from '../cms.ts'
import { NOT_SIGNED_SO } from './cryptcp-codes.ts'
import { cryptcpError, type Cryptcp, type CryptcpCall } from './cryptcp.ts'

const [CONTENT, MESSAGE, SIGNATURE] = ['content', 'message', 'signature']

export interface CmsOfCryptopro {
  readonly cryptcp: Cryptcp
  readonly thumbprint: string
  /** Whether the container asks for a PIN. */
  readonly hasPin: boolean
}

/**
 * CMS by cryptcp. The certificate is what the operator has named, so its own chain is looked at only where a signature is verified
 * (`-errchain`), and without asking the network (`-nonet`).
 */
export const cryptoproCms = ({ cryptcp, thumbprint, hasPin }: CmsOfCryptopro): Cms => {
  const done = async (call: CryptcpCall): Promise<Buffer> => {
    const { number, bytes } = await cryptcp.run(call)
    if (number !== 0) throw cryptcpError(number)
    return bytes
  }
  const under = ['-thumbprint', thumbprint]
  const asking = hasPin ? ['-askpin'] : []
  return {
    certificate: thumbprint,

    sign: (content) =>
      done({
        words: ['-sign', '-detached', '-der', '-nochain', ...under, ...asking, CONTENT, SIGNATURE],
        files: { [CONTENT]: content },
        answer: SIGNATURE,
        needsPin: hasPin,
      }),

    async verify(content, signature) {
      const { number } = await cryptcp.run({
        words: ['-verify', '-detached', '-errchain', '-nonet', ...under, CONTENT, SIGNATURE],
        files: { [CONTENT]: content, [SIGNATURE]: signature },
        answer: null,
        needsPin: false,
      })
      if (number !== 0 && !NOT_SIGNED_SO.has(number)) throw cryptcpError(number)
      return number === 0
    },

    encrypt: (content) =>
      done({
        words: ['-encr', '-der', '-nochain', ...under, CONTENT, MESSAGE],
        files: { [CONTENT]: content },
        answer: MESSAGE,
        needsPin: false,
      }),

    decrypt: (message) =>
      done({
        words: ['-decr', '-nochain', ...under, ...asking, MESSAGE, CONTENT],
        files: { [MESSAGE]: message },
        answer: CONTENT,
        needsPin: hasPin,
      }),
  }
}
