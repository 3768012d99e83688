import { element } from './element.ts'
import { linkify } from './linkify.ts'

/** Text with its web addresses as links that tell the other side nothing of this page. */
export const richText = (text: string): Node[] =>
  linkify(text).map((part) =>
    part.kind === 'text'
      ? document.createTextNode(part.text)
      : element('a', { href: part.href, target: '_blank', rel: 'noopener noreferrer nofollow ugc', text: part.text }),
  )
