/** Russian has three forms: 1 сообщение | 2 сообщения | 5 сообщений. With two forms given, the second serves for the rest. */
export function russianPlural(count: number, forms: number): number {
  const [tens, ones] = [Math.abs(count) % 100, Math.abs(count) % 10]
  const form = tens > 10 && tens < 20 ? 2 : ones === 1 ? 0 : ones >= 2 && ones <= 4 ? 1 : 2
  return Math.min(form, forms - 1)
}
