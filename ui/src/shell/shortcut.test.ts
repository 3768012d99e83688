import assert from 'node:assert/strict'
import { isTyping, labelOf, matches, type PressedKey } from './shortcut.ts'

const press = (code: string, held: Partial<PressedKey> = {}): PressedKey => ({
  code,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...held,
})

describe('shortcuts', () => {
  it('go by the place of the key, so that a Russian layout changes nothing', () => {
    assert.equal(matches(press('KeyR'), { code: 'KeyR' }, false), true)
    assert.equal(matches(press('KeyT'), { code: 'KeyR' }, false), false)
  })

  it('want exactly the held keys that they name', () => {
    assert.equal(matches(press('KeyR', { ctrlKey: true }), { code: 'KeyR' }, false), false)
    assert.equal(matches(press('KeyR', { altKey: true }), { code: 'KeyR' }, false), false)
    assert.equal(matches(press('KeyK', { ctrlKey: true }), { code: 'KeyK', mod: true }, false), true)
    assert.equal(matches(press('KeyK', { ctrlKey: true, shiftKey: true }), { code: 'KeyK', mod: true }, false), false)
    assert.equal(matches(press('Slash', { shiftKey: true }), { code: 'Slash' }, false), false)
  })

  it('take Cmd for Ctrl on a Mac, and not Ctrl', () => {
    assert.equal(matches(press('KeyK', { metaKey: true }), { code: 'KeyK', mod: true }, true), true)
    assert.equal(matches(press('KeyK', { ctrlKey: true }), { code: 'KeyK', mod: true }, true), false)
  })

  it('are printed as on the keyboard', () => {
    assert.equal(labelOf({ code: 'KeyK', mod: true }, false), 'Ctrl+K')
    assert.equal(labelOf({ code: 'KeyK', mod: true }, true), '⌘+K')
    assert.equal(labelOf({ code: 'Slash', shift: true }, false), '?')
    assert.equal(labelOf({ code: 'Slash' }, false), '/')
    assert.equal(labelOf({ code: 'Digit1', shift: true }, false), 'Shift+1')
  })

  it('know where a letter would be typed', () => {
    assert.equal(isTyping({ tagName: 'TEXTAREA', isContentEditable: false }), true)
    assert.equal(isTyping({ tagName: 'DIV', isContentEditable: true }), true)
    assert.equal(isTyping({ tagName: 'INPUT', isContentEditable: false, type: 'email' }), true)
    assert.equal(isTyping({ tagName: 'INPUT', isContentEditable: false, type: 'checkbox' }), false)
    assert.equal(isTyping({ tagName: 'BUTTON', isContentEditable: false }), false)
    assert.equal(isTyping(null), false)
  })
})
