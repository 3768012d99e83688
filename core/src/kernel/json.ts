/** What a text says as JSON; undefined for what is none: a frame or a notice may come from anywhere. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
