/** `oco_<id>_<secret>`: the id finds the row, the secret proves it; the prefix lets scanners find one that was published by mistake. */
const TOKEN = /^oco_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})_([A-Za-z0-9_-]{43})$/

export const formatToken = (token: { id: string; secret: string }): string => `oco_${token.id}_${token.secret}`

/** null for what can be no token of ours. */
export const parseToken = (text: string): { id: string; secret: string } | null => {
  const [, id, secret] = TOKEN.exec(text) ?? []
  return id === undefined || secret === undefined ? null : { id, secret }
}
