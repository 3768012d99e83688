import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** Two files of this size at most: the one that is written, and the one before it. */
export const LOG_FILE_BYTES_MAX = 20_000_000

export interface LogFile {
  write(line: string): void
  /** Writes down what is still in memory. A line that comes later is written at once. */
  close(): void
}

/**
 * Lines of one turn of the event loop are written together. A full file is put away as `.1`, over the one before. A full disk loses
 * lines and stops nothing. Throws where the file cannot be opened.
 */
export const openLogFile = (path: string, bytesMax = LOG_FILE_BYTES_MAX): LogFile => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const open = (): number => openSync(path, 'a', 0o600)
  let file = open()
  let sizeBytes = fstatSync(file).size
  let buffered = ''
  let planned: NodeJS.Immediate | null = null
  let closed = false

  const rotate = (): void => {
    closeSync(file)
    renameSync(path, `${path}.1`)
    file = open()
    sizeBytes = 0
  }

  const flush = (): void => {
    planned = null
    const text = buffered
    buffered = ''
    try {
      sizeBytes += writeSync(file, text)
      if (sizeBytes >= bytesMax) rotate()
    } catch {
      // There is nowhere left to tell it.
    }
  }

  return {
    write(line) {
      buffered += line
      if (closed) flush()
      else planned ??= setImmediate(flush)
    },
    close() {
      closed = true
      if (planned !== null) clearImmediate(planned)
      if (buffered !== '') flush()
    },
  }
}
