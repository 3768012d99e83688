/** Any way by which a contact is known. */
export interface Address {
  readonly kind: 'email' | 'phone' | 'visitor' | 'external'
  readonly value: string
  readonly displayName?: string
}

/**
 * The form in which two spellings of one address are equal. E-mail: lower case as a whole (the local part's case matters to no mail
 * system that people use). Phone: its digits, a leading 8 of eleven taken for Russia's 7.
 */
export const normalised = ({ kind, value }: Pick<Address, 'kind' | 'value'>): string => {
  switch (kind) {
    case 'email':
      return value.trim().toLowerCase()
    case 'phone': {
      const digits = value.replace(/\D/g, '')
      return digits.length === 11 && digits.startsWith('8') ? `7${digits.slice(1)}` : digits
    }
    case 'visitor':
    case 'external':
      return value.trim()
  }
}
