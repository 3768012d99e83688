/** A parameter as text for the server (Buffers stay bytes), by the rules of PostgreSQL's input functions. */
export const toWire = (value: unknown): string | Buffer | null => {
  if (value === null || value === undefined) return null
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value)
    case 'object':
      return objectToWire(value)
    default:
      throw new TypeError(`a ${typeof value} is no parameter`)
  }
}

const objectToWire = (value: object): string | Buffer => {
  if (value instanceof Date) return value.toISOString()
  if (Buffer.isBuffer(value)) return value
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  if (Array.isArray(value)) return arrayToWire(value)
  return JSON.stringify(value)
}

/** An array literal (PostgreSQL 18, 8.15.2): every element quoted, null bare. */
const arrayToWire = (values: readonly unknown[]): string => `{${values.map(elementToWire).join(',')}}`

const elementToWire = (value: unknown): string => {
  if (Array.isArray(value)) return arrayToWire(value)
  const text = toWire(value)
  if (text === null) return 'null'
  return quoted(typeof text === 'string' ? text : `\\x${text.toString('hex')}`)
}

const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
