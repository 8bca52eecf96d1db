import { anyText, codesRaised, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maxPastedBytes, type PastedKind, pastedError, readPasted, requirePasted } from '../dist/index.js'
import { encodings, folds, marks, things, words } from './pasted-things.js'

const oneOf = <Value>(values: readonly Value[]): fc.Arbitrary<Value> => fc.constantFrom(...values)
const framed = (['message', 'part', 'message-v1'] as const).flatMap(kind =>
  things[kind].map(text => ({ kind, text })),
)
const recordKinds = [
  ...(['recipient', 'identity', 'verify-capability', 'read-capability', 'grant-capability'] as const),
  'health-link',
] as const
const lined = (
  ['share', 'pairing-code', 'pairing-answer', 'pairing-reveal', ...recordKinds] as const
).flatMap(kind => things[kind].map(text => ({ kind, text })))
const all = [...framed, ...lined]
const first = (kind: PastedKind): string => things[kind][0] ?? ''
const codeIn = (text: string | Uint8Array, wanted?: readonly PastedKind[]): string | undefined =>
  readPasted(text, { words, ...(wanted === undefined ? {} : { wanted }) }).refusal?.code

/**
 * Wrapping breaks the letters of a tag or an escape apart only where no program does so; nor does one wrap what stands
 * between angle brackets so narrowly that its beginning is a tag by itself, as `<s` before a line end.
 */
const mangled = fc
  .record({
    thing: oneOf(all),
    mark: oneOf(Object.keys(marks)),
    other: oneOf(Object.keys(marks)),
    fold: oneOf(Object.keys(folds)),
    encoding: oneOf(Object.keys(encodings)),
  })
  .filter(({ mark, other, fold }) => fold !== 'LF at 5' || ![mark, other].includes('angle brackets'))

describe('the reader of pasted text', () => {
  it('answers for whatever is long, in the time that its length takes', () => {
    const longer = (part: string, length: number): string => part.repeat(length / part.length)
    for (const part of ['%41', '\u2028', '\n>> > '])
      expect(codeIn(longer(part, 300_000))).toMatch(/^pasted\//)
    // So many that a group of a regular expression overflows its stack.
    expect(codeIn(longer('> ', 8_400_000))).toBe('pasted/empty')
    expect(codeIn(longer('=41=\n', 12_000_000))).toBe('pasted/not-found')
    expect(codeIn(`${'[CHARTSEAL:'.repeat(4_000)}${longer('a', 300_000)}`)).toBe('pasted/unfinished')
  })

  it('finds exactly the text, for every composition of what chats and mail do', () => {
    fc.assert(
      fc.property(mangled, ({ thing, mark, other, fold, encoding }) => {
        const marked = marks[other]?.(marks[mark]?.(thing.text) ?? '') ?? ''
        const pasted = encodings[encoding]?.(folds[fold]?.(marked) ?? '') ?? ''
        const { found, broken, refusal } = readPasted(pasted)
        expect({ found, broken, refusal }).toEqual({
          found: [{ kind: thing.kind, text: thing.text, refusal: null }],
          broken: [],
          refusal: null,
        })
      }),
      propertyRuns(600),
    )
  })

  for (const [name, mark] of Object.entries(marks))
    it(`survives ${name}, for each kind of text`, () => {
      for (const { kind, text } of all)
        expect(readPasted(mark(text)).found).toEqual([{ kind, text, refusal: null }])
    })

  it('finds nothing in random text and random bytes', () => {
    const text = fc.oneof(anyText({ maxLength: 400 }), fc.lorem({ maxCount: 60 }))
    fc.assert(
      fc.property(fc.oneof(text, fc.uint8Array({ maxLength: 400 })), input => {
        expect(readPasted(input, { words })).toMatchObject({ found: [], broken: [] })
      }),
      propertyRuns(200),
    )
  })

  it('finds all texts of a chat, in their order and each once', () => {
    const chat = all.map(({ text }, i) => `[28/11/26, 21:${10 + i}] Rosa: ${text}`).join('\r\n')
    const texts = (kinds: readonly { readonly text: string }[]): string[] => kinds.map(({ text }) => text)
    expect(texts(readPasted(chat + chat).found)).toEqual(texts(all))
    expect(texts(readPasted(chat, { wanted: ['share'] }).found)).toEqual(things.share)
  })

  it('reads a share in capitals, as QR codes carry it, and no mixture', () => {
    const capitals = first('share').toUpperCase()
    expect(requirePasted(`Share: ${capitals.replace(/(.{50})/g, '$1\n')}.`, ['share'])).toEqual([
      first('share'),
    ])
    expect(codeIn(`C${first('share').slice(1)}`)).toBe('pasted/changed-case')
  })

  it('reads ciphertext only as it was: a dash that became another is named with its place', () => {
    const dashed = first('message').replace('-', '\u2013')
    const at = dashed.indexOf('\u2013') + 1
    const { found, broken, refusal } = readPasted(`Here: ${dashed.replace(/(.{60})/g, '$1\n')}`)
    expect(found).toEqual([])
    expect(broken[0]?.text).toBe(dashed)
    expect(refusal).toMatchObject({ code: 'pasted/foreign-character', context: { at, character: 'U+2013' } })
    const answer = first('pairing-answer')
    const changed = `${answer.slice(0, 30)}\u2013${answer.slice(31)}`
    expect(readPasted(changed).refusal).toMatchObject({ context: { at: 31, character: 'U+2013' } })
  })

  it.each([
    ['nothing', '', 'pasted/empty'],
    ['only what nobody sees', '\ufeff \u200b\n', 'pasted/empty'],
    ['a plain note', 'BP 120/80', 'pasted/not-found'],
    ['a message whose end is missing', first('message').slice(0, -1), 'pasted/unfinished'],
    ['a message cut short before another', `${first('message').slice(0, 99)}\n[1] x`, 'pasted/unfinished'],
    ['a message in small letters', first('message').toLowerCase(), 'pasted/changed-case'],
    ['a pairing line in capitals', first('pairing-code').toUpperCase(), 'pasted/changed-case'],
    [
      'a message of version 1 with a quotation mark',
      first('message-v1').replace('v1:', 'v1:"'),
      'pasted/foreign-character',
    ],
    [
      'a share with one letter changed',
      first('share').replace(/q(?=.{20}$)|p(?=.{20}$)|z(?=.{20}$)|.(?=.{20}$)/, c => (c === 'q' ? 'p' : 'q')),
      'pasted/mistyped',
    ],
    ['a share that is cut short', first('share').slice(0, -9), 'pasted/mistyped'],
    ['a share with a letter too many', `${first('share')}q`, 'pasted/mistyped'],
    ['a pairing line that is cut short', first('pairing-answer').slice(0, -9), 'pasted/mistyped'],
    ['a pairing line without anything', 'chartseal-answer:', 'pasted/mistyped'],
    ['a recipient in capitals', first('recipient').toUpperCase(), 'pasted/changed-case'],
    [
      'a recipient with a letter changed',
      first('recipient').replace(/.$/, c => (c === 'q' ? 'p' : 'q')),
      'pasted/mistyped',
    ],
    ['an identity that is cut short', first('identity').slice(0, -9), 'pasted/mistyped'],
    ['a recipient of a kind of key that is not known', 'csrec1qqqqqqqqqqqq', 'pasted/mistyped'],
    ['a link that is cut short', first('health-link').slice(0, -9), 'pasted/mistyped'],
    ['a link that holds something else', `shlink:/${btoa('[1]')}`, 'pasted/mistyped'],
  ])('says what is wrong with %s', (_, text, code) => {
    expect(codeIn(text)).toBe(code)
  })

  it('says what the text is when another kind was wanted', () => {
    expect(readPasted(first('share'), { wanted: ['message', 'part'] }).refusal).toMatchObject({
      code: 'pasted/other-kind',
      context: { found: 'share', wanted: 'sealed message or part of a sealed message' },
    })
    expect(() => requirePasted('hello', ['pairing-answer'])).toThrow('begins with chartseal-answer:')
  })

  it('refuses what is wanted and broken beside what is sound', () => {
    const [one = '', two = ''] = things.share
    expect(() => requirePasted(`${one}\n${two.slice(0, -1)}`, ['share'])).toThrow('mistyped')
  })

  it('reads characters that HTML names or numbers, and leaves what is none', () => {
    const text = first('message')
    const inner = text.slice(11, -1)
    for (const html of [
      `&lsqb;CHARTSEAL&colon;${inner}&rsqb;`,
      `&#91;CHARTSEAL&#x3a;${inner}&#X5D;`,
      `&foo; &#9999999; &amp; [CHARTSEAL:${inner}]`,
      `<o:p>[CHARTSEAL:<br/>${inner.slice(0, 50)}<wbr>${inner.slice(50)}&shy;]</o:p>`,
    ])
      expect(requirePasted(html, ['message'])).toEqual([text])
  })

  it('takes a text without a byte order mark for UTF-16 by its zero bytes only', () => {
    const text = first('share')
    const highFirst = Uint8Array.from([...text].flatMap(letter => [0, letter.charCodeAt(0)]))
    expect(requirePasted(highFirst, ['share'])).toEqual([text])
    expect(codeIn(Uint8Array.of(0, 0, 0, 0))).toBe('pasted/not-found')
  })

  it('has a limit of bytes and one of texts', () => {
    expect(codeIn(new Uint8Array(maxPastedBytes + 1))).toBe('pasted/too-large')
    const many = Array.from({ length: 4100 }, (_, i) => `[CHARTSEAL:v2:${i}]`).join('\n')
    expect(codeIn(many)).toBe('pasted/too-many')
  })

  it('reads hostile repetitions in a moment', () => {
    for (const piece of [
      'chartshare1',
      'chartshare1q ',
      'chartseal-answer:q ',
      '[CHARTSEAL:',
      '> ',
      '=\n',
      '<a ',
      '&',
      '%E2',
      'academic ',
    ])
      readPasted(piece.repeat(6000), { words })
  })
})

describe('mnemonics as people write them', () => {
  const [one = '', two = ''] = things.mnemonic
  const tokens = one.split(' ')
  const spellings: Readonly<Record<string, string>> = {
    'as it is': one,
    capitals: one.toUpperCase(),
    'a capital first': `${one.charAt(0).toUpperCase()}${one.slice(1)}`,
    'two spaces': tokens.join('  '),
    'no-break spaces': tokens.join('\u00a0 '),
    tabs: tokens.join('\t'),
    'one a line': tokens.join('\n'),
    'one a line, Windows': `\ufeff${tokens.join('\r\n')}\r\n`,
    'wrapped lines': tokens.map((word, i) => (i % 7 === 6 ? `${word}\r\n` : `${word} `)).join(''),
    numbers: tokens.map((word, i) => `${i + 1}. ${word}`).join('\n'),
    commas: tokens.join(', '),
    'four letters each': tokens.map(word => word.slice(0, 4)).join(' '),
    'blank lines in front': `\n\n${one}\n`,
    'quoted with a sentence': `> My sister wrote: ${one}\n> Keep it well, please.`,
  }
  for (const [name, text] of Object.entries(spellings))
    it(`finds one in this spelling: ${name}`, () => {
      expect(requirePasted(text, ['mnemonic'], words)).toEqual([one])
    })

  it('finds several in one text', () => {
    expect(requirePasted(`${one}\n${two}\n`, ['mnemonic'], words)).toEqual([one, two])
    expect(requirePasted(`${tokens.join('\n')}\n${two.replaceAll(' ', '\n')}`, ['mnemonic'], words)).toEqual([
      one,
      two,
    ])
  })

  it('names the place of a word that is not in the list, and no word', () => {
    const typo = tokens.map((word, i) => (i === 6 ? `${word}x` : word))
    for (const text of [typo.join(' '), typo.map((word, i) => `${i + 1} ${word}`).join('\n')]) {
      const { refusal } = readPasted(text, { words })
      expect(refusal).toMatchObject({ code: 'pasted/unknown-word', context: { at: 7 } })
      expect(refusal?.message).toBe('Word 7 of the mnemonic is not in the list.')
    }
  })

  it('reports a mistyped one beside a sound one', () => {
    const typo = tokens.map((word, i) => (i === 6 ? `${word}x` : word)).join(' ')
    expect(() => requirePasted(`${two}\n${typo}`, ['mnemonic'], words)).toThrow('Word 7')
  })

  it('says that words are mistyped when the checksum is wrong', () => {
    expect(codeIn([...tokens.slice(1), tokens[0]].join(' '))).toBe('pasted/mistyped')
  })

  it('knows them by their shape when there is no list', () => {
    expect(readPasted(one.toUpperCase()).found).toEqual([{ kind: 'mnemonic', text: one, refusal: null }])
    expect(readPasted(`${one} and two`).found).toEqual([])
  })
})

const many = Array.from({ length: 4100 }, (_, i) => `[CHARTSEAL:v2:${i}]`).join('')
const expectCode = codesRaised(pastedError)

it.each([
  ['pasted/empty', '', 'share'],
  ['pasted/not-found', 'x', 'share'],
  ['pasted/other-kind', first('share'), 'message'],
  ['pasted/unfinished', '[CHARTSEAL:v2:', 'message'],
  ['pasted/foreign-character', '[CHARTSEAL:v2:!]', 'message'],
  ['pasted/changed-case', '[chartseal:v2:A]', 'message'],
  ['pasted/mistyped', 'chartshare1', 'share'],
  ['pasted/unknown-word', `x${first('mnemonic')}`, 'mnemonic'],
  ['pasted/too-large', ' '.repeat(maxPastedBytes + 1), 'message'],
  ['pasted/too-many', many, 'message'],
] as const)('throws %s', (code, text, wanted) => expectCode(code, () => requirePasted(text, [wanted], words)))
