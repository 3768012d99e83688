import type { Command } from './command.ts'
import { openConfiguredCrypto } from '@oco/core/admin'
import type { CryptoStatus, ProviderStatus } from '@oco/security'

/** Tries every known answer on this machine, as a start of the product does, and tells what came of it. */
export const cryptoStatus: Command = async (terminal) => {
  const crypto = await openConfiguredCrypto(terminal)
  for (const line of statusLines(crypto.status)) terminal.tell(line)
  await crypto.close()
  return 0
}

/** For people: one line an algorithm, then one paragraph a provider. */
export const statusLines = ({ algorithms, providers }: CryptoStatus): string[] => {
  const width = Math.max(...algorithms.map(({ algorithm }) => algorithm.length))
  const isCertified = providers.some(({ assurance }) => assurance.certified)
  return [
    'Algorithms',
    ...algorithms.map(({ algorithm, provider, others }) => {
      const instead = others.length === 0 ? '' : `  (else ${others.join(', ')})`
      return `  ${algorithm.padEnd(width)}  ${provider}${instead}`
    }),
    '',
    'Providers',
    ...providers.flatMap((provider) => providerLines(provider, algorithms.length)),
    '',
    isCertified
      ? 'A certificate covers only what its provider does itself.'
      : 'Nothing here is certified: GOST algorithms in software, which have passed the published known answers. Only a certified СКЗИ gives a class.',
  ]
}

const providerLines = (
  { id, version, assurance, failed, lacks, outsideKey }: ProviderStatus,
  algorithmsCount: number,
): string[] => [
  `  ${id}, ${version}: ${
    assurance.certified
      ? `certified, class ${assurance.class}, certificate ${assurance.certificateNumber} until ${assurance.validTo}`
      : 'not certified'
  }`,
  ...failed.map(({ algorithm, reason }) => `    not used for ${algorithm}: ${reason}`),
  ...(outsideKey === null ? [] : [`    keeps ${outsideKey.name}, wraps by ${outsideKey.mechanism}`]),
  `    lacks ${lacks.length === algorithmsCount ? 'every algorithm' : lacks.join(', ') || 'nothing'}`,
]
