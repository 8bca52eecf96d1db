import { encodeUtf8, withoutBom } from '@chartseal/core/encoding'
import {
  isMisreadName,
  JsonObject,
  type JsonValue,
  parseJson,
  repeatsName,
  toJsonText,
} from '@chartseal/core/json'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeOf, hostileText, propertyRuns } from './helpers.js'

const name = hostileText.filter(text => !isMisreadName(text))
const { value } = fc.letrec<{ value: JsonValue }>(again => ({
  value: fc.oneof(
    { maxDepth: 5 },
    hostileText,
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(number => number + 0),
    fc.boolean(),
    fc.constant(null),
    fc.array(again('value'), { maxLength: 5 }),
    fc.dictionary(name, again('value'), { maxKeys: 5 }),
  ),
}))

/** What a refusal says: its path, and what was expected. */
function refusal(attempt: () => unknown): string {
  try {
    return `accepted ${attempt()}`
  } catch (error) {
    const { code, context } = error as { code: string; context: { path: string; expected: string } }
    return `${code} ${context.path}: ${context.expected}`
  }
}

/** Each character as \uXXXX: the same name in another spelling. */
const spelled = (text: string): string =>
  Array.from(
    { length: text.length },
    (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('')

describe('parseJson', () => {
  it('reads every document as JSON.parse does', () => {
    const law = fc.property(value, fc.constantFrom(undefined, 1, '\t'), (document, indent) => {
      const text = JSON.stringify(document, null, indent)
      expect(parseJson(text)).toEqual(document)
      expect(repeatsName(text)).toBe(false)
    })
    fc.assert(law, propertyRuns(300))
  })

  it('refuses a name that its object has already, at any depth, in any spelling and with any blanks', () => {
    const place = fc.array(fc.constantFrom('list', 'object'), { maxLength: 6 })
    const law = fc.property(name, value, value, place, fc.boolean(), (again, one, other, around, escaped) => {
      const second = escaped && again.length !== 1 ? `"${spelled(again)}"` : JSON.stringify(again)
      const object = `{"a:":{},${JSON.stringify(again)} : ${JSON.stringify(one)},"\\"b":[]\n,${second}\t\r\n: ${JSON.stringify(other)}}`
      const text = around.reduce(
        (inner, kind) => (kind === 'list' ? `[1, ${inner}]` : `{"x":${inner}}`),
        object,
      )
      fc.pre(!['a:', '"b'].includes(again))
      expect(codeOf(() => parseJson(text))).toBe('json/invalid')
      expect(repeatsName(text)).toBe(true)
    })
    fc.assert(law, propertyRuns(300))
  })

  it.each([
    '{"a":{"b":1},"b":{"a":2}}',
    '[{"a":1},{"a":1}]',
    '{"a":"a","b":"\\"a\\":","c":"{\\"a\\":1,\\"a\\":2}"}',
    '{"a\\\\":1,"a":2}',
    '{"A":1,"a":2}',
    '{"\u00e9":1,"e\u0301":2}',
    '{"__proto__":1,"constructor":2,"toString":3}',
  ])('takes %s, in which no object repeats a name', text => {
    expect(parseJson(text)).toEqual(JSON.parse(text))
  })

  it('names the place and never the content', () => {
    const text = '{"a": 1,\n  "list": [{"Rosa Parks": 1, "Rosa\\u0020Parks": "HIV"}]}'
    const expected = 'json/invalid $: JSON that has each name once (line 2, column 30)'
    expect(refusal(() => parseJson(text))).toBe(expected)
    expect(refusal(() => JsonObject.parse(text))).toBe(expected)
    expect(refusal(() => parseJson('{"Rosa" 1}'))).toBe('json/invalid $: valid JSON')
  })

  it('takes 128 levels and refuses 129, or a million', () => {
    const lists = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`
    expect(parseJson(lists(128))).toEqual(JSON.parse(lists(128)))
    for (const levels of [129, 1_000_000]) {
      expect(refusal(() => parseJson(lists(levels)))).toBe(
        'json/invalid $: JSON of at most 128 levels (line 1, column 129)',
      )
    }
    expect(repeatsName('{"a":1,')).toBe(false)
  })

  it('is linear in names, quotation marks and backslashes', () => {
    const names = Array.from(
      { length: 100_000 },
      (_, i) => `"${'\\\\'.repeat(i % 7)}${i}":"${'\\"'.repeat(5)}"`,
    )
    expect(Object.keys(parseJson(`{${names.join(',')}}`) ?? {})).toHaveLength(100_000)
    expect(parseJson(`"${'\\'.repeat(2_000_000)}"`)).toHaveLength(1_000_000)
  })

  it('says that a byte order mark is in front, which withoutBom takes off once', () => {
    const text = '\ufeff{"a":1}'
    expect(refusal(() => JsonObject.parse(text))).toBe('json/invalid $: JSON without a byte order mark')
    expect(JsonObject.parse(withoutBom(text)).count('a')).toBe(1)
    expect([withoutBom('\ufeff\ufeffx\ufeff'), withoutBom('x\ufeff'), withoutBom('')]).toEqual([
      '\ufeffx\ufeff',
      'x\ufeff',
      '',
    ])
  })
})

describe('refuseOthers', () => {
  const object = JsonObject.parse('{"o":{"a":1,"Rosa Parks HIV positive":2,"Mallory":3}}')
  it('names the fields that are known, and never the others', () => {
    expect(() => object.refuseOthers(['o', 'p'])).not.toThrow()
    expect(refusal(() => object.object('o').refuseOthers(['a', 'b']))).toBe(
      'json/invalid $.o: an object without other fields than a, b: it has 2 unknown fields',
    )
    expect(refusal(() => object.refuseOthers(['q']))).toContain('it has one unknown field')
  })
})

describe('toJsonText', () => {
  it('writes bytes as hexadecimal, big integers as decimal text, and everything else as JSON', () => {
    const answer = {
      n: 1,
      big: 2n ** 64n,
      bytes: encodeUtf8('\u00ff'),
      none: null,
      list: [true, [-5n], { x: '"' }],
    }
    expect(toJsonText(answer)).toBe(
      '{"n":1,"big":"18446744073709551616","bytes":"c3bf","none":null,"list":[true,["-5"],{"x":"\\""}]}',
    )
    const law = fc.property(value, whole => {
      expect(toJsonText(whole)).toBe(JSON.stringify(whole))
    })
    fc.assert(law, propertyRuns())
  })
})
