import { randomFillSync } from 'node:crypto'
import { CryptoError } from '../crypto-error.ts'
import { CURVE_PARAMETERS, type Curve } from '../curves.ts'
import type { CurveName, Hash, HashBits, Signature } from '../operations.ts'
import { randomNumber } from '../private-number.ts'
import { bytesOf, importKey } from '../secret-key.ts'
import { curveArithmetic } from './curve-arithmetic.ts'

/**
 * GOST R 34.10-2012 by gost-crypto, of which only the arithmetic is trusted. Everything that it gets wrong is done here and in
 * `curveArithmetic`: random numbers (its own may come from Math.random), curves (it has two under a wrong name and lacks two), what must
 * hold of keys, r and s before they are used, a digest that is a multiple of q, sums of points that are infinity, and numbers that it
 * cannot invert.
 */
export const gostCryptoSignature = (
  bits: HashBits,
  hash: Hash,
  random: (bytes: Uint8Array) => void = randomFillSync,
): Signature => {
  const curveOf = (name: CurveName): Curve => {
    const curve = CURVE_PARAMETERS[name]
    if (curve.bits !== bits) throw new CryptoError('invalid_key', `${name} is no curve of ${String(bits)} bits`)
    return curve
  }

  const digestOf = (message: Uint8Array): Uint8Array => {
    const stream = hash.start()
    stream.update(message)
    return stream.finish()
  }

  return {
    async generate(name) {
      const curve = curveOf(name)
      const { privateNumber, point } = (await curveArithmetic(curve)).generate(() => randomNumber(curve, random))
      const secret = importKey(privateNumber)
      privateNumber.fill(0)
      return { signing: { curve: name, secret }, verifying: { curve: name, point } }
    },

    async sign({ curve: name, secret }, message) {
      const curve = curveOf(name)
      const arithmetic = await curveArithmetic(curve)
      return arithmetic.sign(bytesOf(secret), digestOf(message), () => randomNumber(curve, random))
    },

    async verify({ curve: name, point }, message, signature) {
      return (await curveArithmetic(curveOf(name))).verify(point, digestOf(message), signature)
    },
  }
}
