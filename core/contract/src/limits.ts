/** The contract's bounds. Apart from the schemas, so that code without schemas can hold to them and load nothing else. */
export const PAGE_SIZE_DEFAULT = 50
export const PAGE_SIZE_MAX = 200
export const NAME_LENGTH_MAX = 120
export const TEXT_LENGTH_MAX = 100_000
export const HTML_LENGTH_MAX = 500_000
export const SUBJECT_LENGTH_MAX = 500
export const ATTACHMENTS_MAX = 20
export const ATTACHMENT_SIZE_BYTES_MAX = 25 * 1024 * 1024
