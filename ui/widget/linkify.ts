export type TextPart =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'link'; readonly text: string; readonly href: string }

const ADDRESS = /\bhttps?:\/\/[^\s<>"'«»]+/gi
/** Punctuation that ends the sentence, not the address. */
const TRAILING = /[.,;:!?…)\]}]+$/

/** Web addresses of a text as links. Nothing but http and https ever becomes one. */
export const linkify = (text: string): TextPart[] => {
  const parts: TextPart[] = []
  let from = 0
  for (const found of text.matchAll(ADDRESS)) {
    const address = trimmed(found[0])
    const href = hrefOf(address)
    if (href === null) continue
    if (found.index > from) parts.push({ kind: 'text', text: text.slice(from, found.index) })
    parts.push({ kind: 'link', text: address, href })
    from = found.index + address.length
  }
  if (from < text.length) parts.push({ kind: 'text', text: text.slice(from) })
  return parts
}

/** A closing bracket stays where the address itself opened it. */
const trimmed = (address: string): string => {
  const short = address.replace(TRAILING, '')
  const rest = address.slice(short.length)
  return rest.startsWith(')') && short.includes('(') && !short.includes(')') ? `${short})` : short
}

const hrefOf = (address: string): string | null => {
  try {
    return new URL(address).href
  } catch {
    return null
  }
}
