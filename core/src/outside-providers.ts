import { assuranceOn, type OutsideProviders } from '@oco/security'
import type { ProvidersConfig } from './config/providers-config.ts'

/** What is configured, as security opens it: a certificate counts until its last day. */
export const outsideProviders = ({ pkcs11 }: ProvidersConfig, now: Date): OutsideProviders => {
  if (pkcs11 === null) return { pkcs11 }
  const { certificate, ...options } = pkcs11
  return { pkcs11: { ...options, assurance: assuranceOn(now, certificate) } }
}
