import { quoted, visible } from '@chartseal/core/text'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hostileText, propertyRuns } from './helpers.js'

describe('quoted', () => {
  it('is read back by JSON.parse, and shows every character that cannot be seen', () => {
    const law = fc.property(hostileText, text => {
      const shown = quoted(text)
      expect(JSON.parse(shown)).toBe(text)
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]/u)
    })
    fc.assert(law, propertyRuns(300))
  })

  it.each([
    ['Rosa Parks', '"Rosa Parks"'],
    ['\u001b[2J', '"\\u001b[2J"'],
    ['PAT-1\u200b', '"PAT-1\\u200b"'],
    ['\ufeffMetformin', '"\\ufeffMetformin"'],
    ['a\u202egnp\u061c', '"a\\u202egnp\\u061c"'],
    ['a\u200db', '"a\\u200db"'],
    ['\u{e0041}', '"\\udb40\\udc41"'],
    ['\u2028\u0085', '"\\u2028\\u0085"'],
  ])('%j is shown as %s', (text, shown) => expect(quoted(text)).toBe(shown))

  it('leaves an emoji of several characters as it is', () => {
    expect(quoted('Ana \u{1f469}\u200d\u2695\ufe0f')).toBe('"Ana \u{1f469}\u200d\u2695\ufe0f"')
  })
})

describe('visible', () => {
  it('keeps lines, tabs and emoji, and nothing that steers a terminal', () => {
    expect(visible('a\tb\n\u{1f469}\u200d\u2695\ufe0f')).toBe('a\tb\n\u{1f469}\u200d\u2695\ufe0f')
    expect(visible('\u001b[2J\u0000\u007f\u009b\u202e\ufeff\r')).toBe(
      '\ufffd[2J\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd',
    )
  })
})
