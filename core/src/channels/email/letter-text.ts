import { TEXT_LENGTH_MAX } from '@oco/contract/limits'
import { HTML_INPUT_LENGTH_MAX } from './limits.ts'

/** What a database and JSON cannot hold, or what no one should see: NUL, other controls but tab and line feed, halves of pairs. */
// eslint-disable-next-line no-control-regex -- control characters are what this is about
const UNPRINTABLE = /[\u0000-\u0008\u000b-\u001f\u007f]|\p{Surrogate}/gu

export const cleanText = (text: string): string =>
  text
    .replace(/\r\n?/g, '\n')
    .replace(UNPRINTABLE, '')
    .replace(/[ \t\u00a0]+$/gm, '')
    .replace(/^\n+/, '')
    .trimEnd()

/** One line, for a subject or a name. */
export const cleanLine = (text: string, lengthMax: number): string =>
  cleanText(text)
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, lengthMax)
    .replace(/\p{Surrogate}$/u, '')

/** The text as far as the product keeps it, and whether something had to go. */
export const cutText = (whole: string): { text: string; isCut: boolean; whole: string } =>
  whole.length <= TEXT_LENGTH_MAX
    ? { text: whole, isCut: false, whole }
    : { text: whole.slice(0, TEXT_LENGTH_MAX).replace(/\p{Surrogate}$/u, ''), isCut: true, whole }

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", nbsp: ' ' }

const decodeEntities = (text: string): string =>
  text.replace(/&(amp|lt|gt|quot|#39|nbsp);/g, (all, name: string) => ENTITIES[name] ?? all)

/** Line breaks that an element makes before and after itself. */
const BREAKS: Readonly<Record<string, string>> = {
  ...{ br: '\n', div: '\n', tr: '\n', hr: '\n', dt: '\n', dd: '\n', pre: '\n', table: '\n', center: '\n', address: '\n' },
  ...{
    p: '\n\n',
    h1: '\n\n',
    h2: '\n\n',
    h3: '\n\n',
    h4: '\n\n',
    h5: '\n\n',
    h6: '\n\n',
    ul: '\n',
    ol: '\n',
    section: '\n',
    article: '\n',
  },
}

/** Gathers text with the breaks between blocks, as many as the most demanding of two neighbours wants. */
class Lines {
  private text = ''
  private wanted = 0
  /** How many quotations the text is inside of. */
  depth = 0
  /** Inside of `pre`, where every space and line break counts. */
  isVerbatim = false

  break(count: number): void {
    this.wanted = Math.max(this.wanted, count)
  }

  add(text: string): void {
    if (this.isVerbatim) {
      const lines = text.split('\n')
      for (const [index, line] of lines.entries()) {
        if (index > 0) this.text += `\n${'> '.repeat(this.depth)}`
        else this.open()
        this.text += line
      }
      return
    }
    const words = text.replace(/\s+/g, ' ')
    if (words === '' || (words === ' ' && (this.wanted > 0 || this.text === ''))) return
    const starts = this.open()
    this.text += starts || this.text.endsWith(' ') ? words.trimStart() : words
  }

  /** Makes the breaks that were wanted; true where a line begins. */
  private open(): boolean {
    if (this.wanted === 0 && this.text !== '') return false
    this.text += (this.text === '' ? '' : '\n'.repeat(Math.min(this.wanted, 2))) + '> '.repeat(this.depth)
    this.wanted = 0
    return true
  }

  toString(): string {
    return this.text
  }
}

/** Plain text of HTML that has been sanitised, so that tags are balanced and few: quotations get `> `, links their address. */
export const textOfHtml = (html: string): string => {
  const lines = new Lines()
  let link: { href: string; text: string } | null = null
  for (const [, tag, text] of html.matchAll(/<([^>]*)>|([^<]+)/g)) {
    if (text !== undefined) {
      const words = decodeEntities(text)
      if (link !== null) link.text += words
      lines.add(words)
      continue
    }
    const [, slash, name = ''] = /^(\/?)([a-z0-9]+)/i.exec(tag ?? '') ?? []
    if (name === 'blockquote') {
      lines.break(1)
      lines.depth = Math.max(0, lines.depth + (slash === '/' ? -1 : 1))
    } else if (name === 'pre') {
      lines.break(1)
      lines.isVerbatim = slash !== '/'
    } else if (name === 'li') {
      lines.break(1)
      if (slash !== '/') lines.add('• ')
    } else if (name === 'td' || name === 'th') {
      lines.add(' ')
    } else if (name === 'a') {
      if (link !== null && isWorthShowing(link)) lines.add(` (${link.href})`)
      const href = /href="([^"]*)"/.exec(tag ?? '')?.[1]
      link = href === undefined ? null : { href: decodeEntities(href), text: '' }
    } else {
      lines.break(BREAKS[name]?.length ?? 0)
    }
  }
  return lines.toString()
}

const isWorthShowing = ({ href, text }: { href: string; text: string }): boolean => {
  const bare = (url: string): string => url.replace(/^(https?:\/\/|mailto:|tel:)/i, '').replace(/\/$/, '')
  return /^https?:/i.test(href) && bare(text.trim()) !== bare(href)
}

/** Text of HTML that is too much for the sanitiser: tags are cut out blindly, in time that grows with the length alone. */
export const roughTextOfHtml = (html: string): string => {
  const shown = ['style', 'script'].reduce(withoutElement, html.slice(0, HTML_INPUT_LENGTH_MAX))
  const text = decodeEntities(shown.replace(/<[^<>]{0,2000}>/g, ' '))
  return text
    .replace(/[ \t]+/g, ' ')
    .replace(/^ /gm, '')
    .replace(/\n{3,}/g, '\n\n')
}

const withoutElement = (html: string, name: string): string => {
  const pieces: string[] = []
  const lower = html.toLowerCase()
  let from = 0
  for (;;) {
    const start = lower.indexOf(`<${name}`, from)
    pieces.push(html.slice(from, start < 0 ? undefined : start))
    if (start < 0) break
    const end = lower.indexOf(`</${name}`, start)
    if (end < 0) break
    from = end
  }
  return pieces.join(' ')
}
