import sanitizeHtml from 'sanitize-html'
import { HTML_LENGTH_MAX } from '@oco/contract/limits'
import { HTML_INPUT_LENGTH_MAX, HTML_NESTING_MAX } from './limits.ts'

/**
 * Letters' HTML as it may be shown: no scripts, no forms, no style sheets, and nothing that would be fetched from outside.
 * Pictures of the letter itself stay as `cid:` links; others lose their address to `data-blocked-src`, so that a screen can say
 * that something was left out.
 */
export const sanitiseLetterHtml = (html: string): string | null => {
  if (html.length > HTML_INPUT_LENGTH_MAX || nestsDeeper(html, HTML_NESTING_MAX)) return null
  const clean = sanitizeHtml(html, POLICY).trim()
  return clean === '' || clean.length > HTML_LENGTH_MAX ? null : clean
}

const TEXT_TAGS = [
  'a',
  'abbr',
  'b',
  'bdi',
  'big',
  'br',
  'cite',
  'code',
  'del',
  'em',
  'font',
  'i',
  'img',
  'ins',
  'kbd',
  'mark',
  'q',
  's',
]
const MORE_TEXT_TAGS = ['samp', 'small', 'span', 'strike', 'strong', 'sub', 'sup', 'time', 'tt', 'u', 'var', 'wbr']
const BLOCK_TAGS = ['address', 'article', 'blockquote', 'center', 'dd', 'div', 'dl', 'dt', 'figcaption', 'figure', 'footer', 'h1']
const MORE_BLOCK_TAGS = ['h2', 'h3', 'h4', 'h5', 'h6', 'header', 'hr', 'li', 'main', 'ol', 'p', 'pre', 'section', 'ul']
const TABLE_TAGS = ['caption', 'col', 'colgroup', 'table', 'tbody', 'td', 'tfoot', 'th', 'thead', 'tr']
/** These go with everything inside of them. */
const MUTE_TAGS = [
  'style',
  'script',
  'noscript',
  'title',
  'textarea',
  'option',
  'select',
  'svg',
  'math',
  'iframe',
  'object',
  'applet',
]

const COLOUR = [/^#[0-9a-f]{3,8}$/i, /^rgba?\([\d\s,.%]+\)$/i, /^[a-z]{3,20}$/i]
const LENGTH = [
  /^-?\d{1,4}(\.\d{1,3})?(px|pt|em|rem|%)?$/i,
  /^(thin|medium|thick|auto|normal|small|large|smaller|larger|x-small|x-large)$/i,
]
const LENGTHS = [/^(-?\d{1,4}(\.\d{1,3})?(px|pt|em|rem|%)?|auto)(\s+(-?\d{1,4}(\.\d{1,3})?(px|pt|em|rem|%)?|auto)){0,3}$/i]
/** Neither `url(…)` nor `expression(…)` can be written without a bracket, and `\` could hide one. */
const WORDS = [/^[\w\s#,.%'"-]{1,200}$/]

const STYLES = {
  color: COLOUR,
  'background-color': COLOUR,
  'font-family': WORDS,
  'font-size': LENGTH,
  'font-style': WORDS,
  'font-weight': WORDS,
  'line-height': LENGTH,
  'text-align': WORDS,
  'text-decoration': WORDS,
  'vertical-align': WORDS,
  'white-space': WORDS,
  width: LENGTH,
  'max-width': LENGTH,
  height: LENGTH,
  margin: LENGTHS,
  'margin-left': LENGTH,
  'margin-right': LENGTH,
  'margin-top': LENGTH,
  'margin-bottom': LENGTH,
  padding: LENGTHS,
  'padding-left': LENGTH,
  'padding-right': LENGTH,
  'padding-top': LENGTH,
  'padding-bottom': LENGTH,
  border: WORDS,
  'border-left': WORDS,
  'border-right': WORDS,
  'border-top': WORDS,
  'border-bottom': WORDS,
  'border-collapse': WORDS,
  'list-style-type': WORDS,
}

const BLOCKED_URL_LENGTH_MAX = 500

/** A picture that is part of the letter may stay; any other keeps its size and loses its address. */
const transformImage: sanitizeHtml.Transformer = (tagName, { src, ...attribs }) => {
  const url = (src ?? '').trim()
  if (/^cid:[^\s"'<>]+$/i.test(url) || /^data:image\/(png|jpeg|gif|webp);base64,[a-z0-9+/=\s]+$/i.test(url)) {
    return { tagName, attribs: { ...attribs, src: url } }
  }
  const blocked = /^(https?:)?\/\//i.test(url) ? url.slice(0, BLOCKED_URL_LENGTH_MAX) : ''
  return { tagName, attribs: { ...attribs, 'data-blocked-src': blocked } }
}

const transformLink: sanitizeHtml.Transformer = (tagName, { href, title }) => ({
  tagName,
  attribs: {
    ...(href === undefined ? {} : { href, target: '_blank', rel: 'noopener noreferrer nofollow' }),
    ...(title === undefined ? {} : { title }),
  },
})

const POLICY: sanitizeHtml.IOptions = {
  allowedTags: [...TEXT_TAGS, ...MORE_TEXT_TAGS, ...BLOCK_TAGS, ...MORE_BLOCK_TAGS, ...TABLE_TAGS],
  nonTextTags: MUTE_TAGS,
  allowedAttributes: {
    '*': ['style', 'dir', 'lang', 'align', 'valign', 'title'],
    a: ['href', 'target', 'rel', 'title'],
    img: ['src', 'alt', 'width', 'height', 'data-blocked-src'],
    font: ['color', 'face', 'size'],
    table: ['width', 'border', 'cellpadding', 'cellspacing', 'bgcolor'],
    td: ['width', 'height', 'colspan', 'rowspan', 'bgcolor', 'nowrap'],
    th: ['width', 'height', 'colspan', 'rowspan', 'bgcolor', 'nowrap'],
    tr: ['bgcolor', 'height'],
    col: ['width', 'span'],
    colgroup: ['width', 'span'],
    ol: ['start', 'type'],
    li: ['value'],
    blockquote: ['type'],
  },
  allowedStyles: { '*': STYLES },
  allowedSchemes: ['http', 'https', 'mailto', 'tel'],
  allowedSchemesByTag: { img: ['cid', 'data'] },
  allowProtocolRelative: false,
  transformTags: { img: transformImage, a: transformLink },
  disallowedTagsMode: 'discard',
  enforceHtmlBoundary: false,
}

const VOID_TAGS = /^(area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr)$/
/** Their end tags are often left out; the parser closes them by itself, so they do not pile up. */
const SELF_CLOSING_TAGS = /^(p|li|dt|dd|option|optgroup|tr|td|th|thead|tbody|tfoot|rt|rp)$/

/** Parsing costs the square of the depth, so the depth is counted first, in one pass. */
const nestsDeeper = (html: string, limit: number): boolean => {
  let depth = 0
  for (const [, slash, name = ''] of html.matchAll(/<(\/?)([a-z][a-z0-9:-]{0,30})/gi)) {
    const tag = name.toLowerCase()
    if (VOID_TAGS.test(tag) || SELF_CLOSING_TAGS.test(tag)) continue
    depth = slash === '/' ? Math.max(0, depth - 1) : depth + 1
    if (depth > limit) return true
  }
  return false
}
