import { assuranceOn, type Assurance, type AssuranceCertificate, type OutsideProviders } from '@oco/security'
import type { ProvidersConfig } from './config/providers-config.ts'

/** What is configured, as security opens it: a certificate counts until its last day. */
export const outsideProviders = ({ pkcs11, cryptopro }: ProvidersConfig, now: Date): OutsideProviders => ({
  pkcs11: pkcs11 === null ? null : assured(pkcs11, now),
  cryptopro: cryptopro === null ? null : assured(cryptopro, now),
})

const assured = <P extends { readonly certificate: AssuranceCertificate | null }>(
  { certificate, ...options }: P,
  now: Date,
): Omit<P, 'certificate'> & { readonly assurance: Assurance } => ({ ...options, assurance: assuranceOn(now, certificate) })
