/** RFC 5321, 4.5.3.1.3: a path of 256 characters with its brackets. */
const ADDRESS_LENGTH_MAX = 254
const ADDRESS = /^[^\s@<>,;:"()[\]\\\p{Cc}\p{Cf}]+@[^\s@<>,;:"()\\\p{Cc}\p{Cf}]+$/u

/** One plain address, as people have them: no quoting, no comments, nothing that a header or a command could take for its own. */
export const isMailAddress = (value: string): boolean => value.length <= ADDRESS_LENGTH_MAX && ADDRESS.test(value)
