import { RAW_BYTES_MAX } from '../channel.ts'

/** A letter above this is not even asked for: 25 MiB of attachment in base64 and some text beside it. */
export const MAIL_SIZE_BYTES_MAX = RAW_BYTES_MAX
/** MIME parts of one letter; a hundred photographs with a text stay far below. */
export const PARTS_MAX = 1_000
/** Multiparts within multiparts; people's programs need four. */
export const NESTING_MAX = 50
/** One part's header block. */
export const HEAD_BYTES_MAX = 256 * 1024
export const LETTER_ATTACHMENTS_MAX = 100
export const REFERENCES_MAX = 50
/** RFC 5322 allows a line of 998 characters; a longer id is kept as its hash. */
export const MESSAGE_ID_LENGTH_MAX = 500
/** Longer HTML is not shown; its text is. */
export const HTML_INPUT_LENGTH_MAX = 2_000_000
/** Elements within elements; browsers flatten at 512. */
export const HTML_NESTING_MAX = 400
/** A letter that takes longer to read is set aside. */
export const READ_TIMEOUT_MS = 20_000
/** Memory of the thread that reads letters, beside the bytes themselves. */
export const READ_HEAP_MB_MAX = 384
