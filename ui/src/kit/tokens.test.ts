import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** WCAG 2.2: 4.5 for text (1.4.3), 3 for the edge of a control and for a mark that means something (1.4.11). */
const TEXT_CONTRAST_MIN = 4.5
const EDGE_CONTRAST_MIN = 3

const css = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8')
const pairs = new Map(
  [...css.matchAll(/--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(([, name = '', light = '', dark = '']) => [
    name,
    { light, dark },
  ]),
)

/** Relative luminance of WCAG. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = parseInt(hex.slice(at, at + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (light + 0.05) / (dark + 0.05)
}

const colour = (name: string, theme: 'light' | 'dark'): string => {
  const pair = pairs.get(name)
  assert.ok(pair, `there is no token ${name}`)
  return pair[theme]
}

const GROUNDS = ['canvas', 'surface', 'raised', 'sunken', 'hover', 'selected']
const ON_GROUNDS = ['text', 'muted', 'faint', 'accent-text', 'danger', 'warn', 'ok', 'note']
const PLACED: readonly (readonly [text: string, ground: string])[] = [
  ...GROUNDS.flatMap((ground) => ON_GROUNDS.map((text) => [text, ground] as const)),
  ...['accent-soft', 'ok-soft', 'warn-soft', 'danger-soft', 'note-soft'].flatMap((ground) =>
    ['text', 'muted', ground.replace('-soft', ground === 'accent-soft' ? '-text' : '')].map((text) => [text, ground] as const),
  ),
  ['on-accent', 'accent'],
  ['on-accent', 'accent-strong'],
  ['on-danger', 'danger'],
  ['on-danger', 'danger-strong'],
  ['faint', 'accent-soft'],
  ['surface', 'text'],
]

describe('colour tokens', () => {
  for (const theme of ['light', 'dark'] as const) {
    it(`let every text be read on every ground that it stands on: ${theme}`, () => {
      const poor = PLACED.map(([text, ground]) => {
        const found = contrast(colour(text, theme), colour(ground, theme))
        return found < TEXT_CONTRAST_MIN ? `${text} on ${ground}: ${found.toFixed(2)}` : ''
      })
      assert.deepEqual(poor.filter(Boolean), [])
    })

    it(`show where a control ends and what a dot means: ${theme}`, () => {
      const marks = ['line-control', 'accent', 'ok', 'warn', 'danger', 'faint']
      const poor = marks.flatMap((mark) =>
        ['surface', 'raised', 'canvas'].map((ground) => {
          const found = contrast(colour(mark, theme), colour(ground, theme))
          return found < EDGE_CONTRAST_MIN ? `${mark} on ${ground}: ${found.toFixed(2)}` : ''
        }),
      )
      assert.deepEqual(poor.filter(Boolean), [])
    })
  }
})
