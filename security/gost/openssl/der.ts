/** The little of DER (X.690) that a key needs. */

const TAGS = { integer: 0x02, bits: 0x03, octets: 0x04, oid: 0x06, sequence: 0x30 } as const

export const sequence = (...parts: readonly Uint8Array[]): Buffer => element(TAGS.sequence, Buffer.concat(parts))
export const octets = (bytes: Uint8Array): Buffer => element(TAGS.octets, bytes)
/** All bits of the last byte count. */
export const bits = (bytes: Uint8Array): Buffer => element(TAGS.bits, Buffer.concat([Uint8Array.of(0), bytes]))
/** 0 to 127. */
export const smallInteger = (value: number): Buffer => element(TAGS.integer, Uint8Array.of(value))

/** `1.2.643.7.1.1.1.1`. */
export const oid = (dotted: string): Buffer => {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return element(TAGS.oid, Uint8Array.from([40 * first + second, ...rest].flatMap(base128)))
}

const base128 = (value: number): number[] => {
  const digits = [value % 128]
  for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128)) digits.unshift((left % 128) + 128)
  return digits
}

const element = (tag: number, content: Uint8Array): Buffer => {
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Uint8Array.of(tag, ...size), content])
}
