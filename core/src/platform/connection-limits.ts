export const CONNECT_TIMEOUT_MS = 5_000
/** A statement that holds on longer is a bug or a broken server: it is ended, and its caller gets an error. */
export const STATEMENT_TIMEOUT_MS = 30_000
/** A peer that has gone without a word is found by the kernel, beginning after so long. */
export const KEEP_ALIVE_AFTER_MS = 10_000
