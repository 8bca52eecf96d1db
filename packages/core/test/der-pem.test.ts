import { decodePem, encodePem } from '@chartseal/core/der'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeOf, propertyRuns } from './helpers.js'

const der = Uint8Array.of(1, 2, 3)
const block = (label: string, content: Uint8Array = der): string => encodePem(label, content)
const ec = block('EC PRIVATE KEY')
const parameters = block('EC PARAMETERS', Uint8Array.of(6, 5, 43, 129, 4, 0, 10))
const bag =
  'Bag Attributes\n    friendlyName: test\n    localKeyID: 0D C2 84\nKey Attributes: <No Attributes>\n'

/** Why it is refused. */
function reasonOf(text: string, wanted?: readonly string[]): string {
  try {
    return `accepted ${decodePem(text, wanted).label}`
  } catch (error) {
    return (error as { context: { reason: string } }).context.reason
  }
}

describe('decodePem', () => {
  it('reads what encodePem wrote, with each kind of line end and in one line', () => {
    const law = fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), content => {
      const pem = encodePem('EC PRIVATE KEY', content)
      expect(pem.split('\n').every(line => line.length <= 64)).toBe(true)
      const long = pem.split('\n').slice(1, -2).join('')
      const spellings = [
        pem,
        pem.replaceAll('\n', '\r\n'),
        pem.replaceAll('\n', '\r'),
        pem.trimEnd(),
        `\ufeff${pem}`,
        `-----BEGIN EC PRIVATE KEY-----\n${long}\n-----END EC PRIVATE KEY-----`,
      ]
      for (const text of spellings) {
        expect(decodePem(text)).toEqual({ label: 'EC PRIVATE KEY', der: content })
      }
    })
    fc.assert(law, propertyRuns())
  })

  it.each<[string, string]>([
    ['parameters before', `${parameters}${ec}`],
    ['a certificate after', `${ec}${block('CERTIFICATE')}${block('CERTIFICATE')}`],
    ['the attributes of a PKCS#12 export', `${bag}${ec}${bag}${block('CERTIFICATE')}`],
    ['text before', `hello: you\n\n${ec}`],
    ['text after', `${ec}sent from my phone\n`],
    ['spaces at the ends of lines', ec.replaceAll('\n', ' \t\n')],
    ['lines that are indented', ec.replaceAll(/^/gm, '  ')],
    ['empty lines and spaces within', ec.replace('AQ', ' A Q\n\n')],
  ])('takes a key with %s', (_, text) => {
    expect(decodePem(text)).toEqual({ label: 'EC PRIVATE KEY', der })
    expect(decodePem(text, ['PRIVATE KEY', 'EC PRIVATE KEY'])).toEqual({ label: 'EC PRIVATE KEY', der })
  })

  it('takes the one block of a wanted label among others, and the only block whatever its label is', () => {
    const both = `${block('PUBLIC KEY', Uint8Array.of(9))}${ec}`
    expect(decodePem(both, ['PUBLIC KEY']).der).toEqual(Uint8Array.of(9))
    expect(decodePem(both, ['EC PRIVATE KEY']).der).toEqual(der)
    expect(decodePem(block('CERTIFICATE'))).toEqual({ label: 'CERTIFICATE', der })
    expect(decodePem(`${parameters}${block('PRIVATE KEY')}`).label).toBe('PRIVATE KEY')
  })

  it.each<[string, string, string, string[]?]>([
    ['nothing', '', 'there is no line -----BEGIN …----- in it'],
    ['base64 alone', 'AAAA', 'there is no line -----BEGIN …----- in it'],
    ['two keys', `${ec}${ec}`, 'one key is needed, and there are several: EC PRIVATE KEY, EC PRIVATE KEY'],
    [
      'a pair',
      `${ec}${block('PUBLIC KEY')}`,
      'one key is needed, and there are several: EC PRIVATE KEY, PUBLIC KEY',
    ],
    [
      'two certificates',
      block('CERTIFICATE').repeat(2),
      'one key is needed, and there is: CERTIFICATE, CERTIFICATE',
    ],
    [
      'another label',
      ec,
      'PRIVATE KEY or PUBLIC KEY is needed, and there is: EC PRIVATE KEY',
      ['PRIVATE KEY', 'PUBLIC KEY'],
    ],
    [
      'two of the wanted',
      `${ec}${parameters}${ec}`,
      'one key is needed, and there are several: EC PRIVATE KEY, EC PARAMETERS, EC PRIVATE KEY',
      ['EC PRIVATE KEY'],
    ],
    [
      'labels that differ',
      '-----BEGIN A-----\nAAAA\n-----END B-----\n',
      'END B does not match the lines around it',
    ],
    [
      'a block within a block',
      `-----BEGIN A-----\n${ec}`,
      'BEGIN EC PRIVATE KEY does not match the lines around it',
    ],
    ['an end without a beginning', `${ec}-----END A-----`, 'END A does not match the lines around it'],
    ['no end', ec.slice(0, -10), 'the line END EC PRIVATE KEY is missing'],
    ['no content', '-----BEGIN A-----\n\n-----END A-----\n', 'the block A is empty'],
    ['headers', '-----BEGIN A-----\nComment: mine\n\nAAAA\n-----END A-----\n', 'the A has headers'],
  ])('refuses %s and says why', (_, text, reason, wanted) => {
    expect(codeOf(() => decodePem(text, wanted))).toBe('der/invalid')
    expect(reasonOf(text, wanted)).toBe(reason)
  })

  it.each(['EC PRIVATE KEY', 'RSA PRIVATE KEY'])(
    'names the command that converts an old encrypted %s',
    label => {
      const headers = 'Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,65BDAA4A9C7118E786306BE9CA2AEE8D\n\n'
      const text = block(label).replace('-----\n', `-----\n${headers}`)
      const reason = `the ${label} is encrypted in an old form; convert it with "openssl pkcs8 -topk8 -in OLD.pem -out NEW.pem"`
      expect(reasonOf(text)).toBe(reason)
      expect(reasonOf(`${parameters}${text.replaceAll('\n', '\r\n')}`)).toBe(reason)
    },
  )

  it.each(['AB==', 'AA=', 'A', 'AA==AA==', 'AA-_', 'AA\u00a0A='])(
    'refuses the base64 %s, which is not canonical',
    base64 => {
      expect(codeOf(() => decodePem(`-----BEGIN A-----\n${base64}\n-----END A-----\n`))).toBe(
        'encoding/invalid',
      )
    },
  )
})
