/** Takes back what chats, mail programs and editors do to a text, before any format is looked for. */
import { halfWidth, unquoted, withoutIgnorable } from '@chartseal/core/text'

/** How many bytes at the beginning say whether a text is UTF-16 without a byte order mark. */
const sampleBytes = 64

/** The text of a file: UTF-8, or UTF-16 by its byte order mark or its pattern of zero bytes. */
export function textOfBytes(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes)).decode(bytes)
}

/** Whether every byte belongs to text of its encoding. */
export function isText(bytes: Uint8Array): boolean {
  try {
    new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

function encodingOf(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  const [first, second] = bytes
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  if (first === 0xfe && second === 0xff) return 'utf-16be'
  const sample = bytes.subarray(0, sampleBytes)
  const zeros = (parity: 0 | 1): number => sample.filter((byte, i) => byte === 0 && i % 2 === parity).length
  const many = sample.length / 4
  if (zeros(1) > many && zeros(0) === 0) return 'utf-16le'
  return zeros(0) > many && zeros(1) === 0 ? 'utf-16be' : 'utf-8'
}

/** The same text without encodings of the transport, quote marks and characters that nobody sees. Lines stay lines. */
export function plainTextOf(text: string): string {
  const steps = [fromQuotedPrintable, fromHtml, fromPercent, halfWidth, withoutIgnorable, unquoted]
  return steps.reduce((before, step) => step(before), text)
}

// RFC 2045 6.7. Version 1 pads with `=`, so its own lines must not be taken for soft breaks: padding itself decides, as
// a tag of 16 bytes always has it and quoted-printable always writes it `=3D`.
function fromQuotedPrintable(text: string): string {
  if (!/=3D/i.test(text) && versionOne.test(text)) return text
  return text.replace(parted, '$1').replace(quoted, (run: string, end?: string) => end ?? textOfHex(run))
}

// Its name, whatever was put between the letters.
const versionOne = new RegExp([...'MEDCRYPT'].join('[^A-Za-z]{0,24}'))

// A soft break that parts the bytes of one character. By itself, as a run of what has no fixed length needs a place on
// the stack for each of its parts.
const parted = /(=[0-9A-Fa-f]{2})=[ \t]*(?:\r\n|\n|\r)(?==[0-9A-Fa-f]{2})/g
// A soft break, or bytes.
const quoted = /=[ \t]*(\r\n|\n|\r)|(?:=[0-9A-Fa-f]{2})+/g

const fromPercent = (text: string): string => text.replace(/(?:%[0-9A-Fa-f]{2})+/g, run => textOfHex(run))

/** Of a run of marks with two digits each. */
function textOfHex(run: string): string {
  const bytes = new Uint8Array(run.length / 3)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(run.slice(3 * i + 1, 3 * i + 3), 16)
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}

// The elements that mail programs write. Any name would take `<chartseal-pair:…>`, once it is wrapped, for a tag.
const elements =
  'a|abbr|article|b|big|blockquote|body|br|center|cite|code|dd|del|div|dl|dt|em|font|h[1-6]|head|hr|html|i|img|ins|kbd|' +
  'li|link|mark|meta|o:p|ol|p|pre|q|s|section|small|span|strike|strong|style|sub|sup|table|tbody|td|tfoot|th|thead|' +
  'title|tr|tt|u|ul|wbr|!doctype'
const tag = new RegExp(`</?(?:${elements})(?:\\s[^<>]{0,2000})?/?>`, 'gi')
const entity = /&(?:#(\d{1,7})|#[xX]([0-9A-Fa-f]{1,6})|([A-Za-z]{2,8}));/g

const namedEntities: Readonly<Record<string, string>> = {
  amp: '&',
  colon: ':',
  equals: '=',
  gt: '>',
  lbrack: '[',
  lowbar: '_',
  lrm: '',
  lsqb: '[',
  lt: '<',
  nbsp: ' ',
  plus: '+',
  quot: '"',
  rbrack: ']',
  rlm: '',
  rsqb: ']',
  shy: '',
  sol: '/',
  zwj: '',
  zwnj: '',
}

function fromHtml(text: string): string {
  return text
    .replace(tag, '\n')
    .replace(entity, (whole, decimal?: string, hex?: string, name?: string) =>
      name === undefined ? characterOf(whole, decimal, hex) : (namedEntities[name] ?? whole),
    )
}

function characterOf(whole: string, decimal: string | undefined, hex: string | undefined): string {
  const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)
  return code <= 0x10ffff ? String.fromCodePoint(code) : whole
}
