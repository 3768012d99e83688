import { useI18n } from 'vue-i18n'

interface CryptoWords {
  algorithmName: (algorithm: string) => string
  standardOf: (algorithm: string) => string
  providerName: (provider: string) => string
}

/** The product names algorithms and providers by codes; people know them by the names in the standards. */
export function useCryptoWords(): CryptoWords {
  const { t, te } = useI18n()
  const wordOf = (key: string, otherwise: string): string => (te(key) ? t(key) : otherwise)
  return {
    algorithmName: (algorithm) => wordOf(`crypto.algorithm.${algorithm}`, algorithm),
    standardOf: (algorithm) => wordOf(`crypto.standard.${algorithm}`, ''),
    providerName: (provider) => wordOf(`crypto.provider.${provider}`, provider),
  }
}
