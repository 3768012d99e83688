import sanitizeHtml from 'sanitize-html'
import { plainText } from '../kernel/plain-text.ts'

/** What a person has written in the page: believed no more than a stranger's letter. */
export interface Composed {
  readonly text: string
  readonly html: string | null
}

/** Only what the page's editor makes; everything else is dropped with its attributes, its text kept. */
export const cleanComposed = (composed: Composed): Composed => ({
  text: plainText(composed.text).trim(),
  html: composed.html === null || composed.html.trim() === '' ? null : sanitizeHtml(composed.html, EDITOR_OPTIONS),
})

const EDITOR_OPTIONS: sanitizeHtml.IOptions = {
  allowedTags: [
    'p',
    'br',
    'b',
    'strong',
    'i',
    'em',
    'u',
    's',
    'a',
    'ul',
    'ol',
    'li',
    'blockquote',
    'code',
    'pre',
    'h1',
    'h2',
    'h3',
    'hr',
  ],
  allowedAttributes: { a: ['href', 'rel', 'target'], ol: ['start'] },
  allowedSchemes: ['http', 'https', 'mailto', 'tel'],
  disallowedTagsMode: 'discard',
}
