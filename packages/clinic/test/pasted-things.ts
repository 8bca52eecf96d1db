/** Texts that are pasted, and what chats, mail programs and people make of them. */
import { formatTeamFrame } from '@chartseal/clinic/team'
import { SigningKey } from '@chartseal/core/ed25519'
import { encodeBase64Url, encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import { AeadKey } from '@chartseal/core/keys'
import { createTeam, sealForTeam } from '@chartseal/elgamal-session/team'
import {
  formatGrantCapability,
  formatIdentityKey,
  formatReadCapability,
  formatRecipient,
  formatVerifyCapability,
  generateIdentityKey,
  ownerOf,
  recipientOf,
} from '@chartseal/ipfs-envelope'
import { formatLink, type ShlLink } from '@chartseal/ipfs-envelope/shl'
import { formatShare, splitSecret } from '@chartseal/shamir'
import { splitMnemonics } from '@chartseal/shamir/slip39'
import { formatMessage, sealMessage, splitMessage } from '@chartseal/wire'
import { seal as sealV1 } from '@chartseal/wire/v1'
import helper from 'slip39/src/slip39_helper.js'
import type { PastedKind } from '../dist/index.js'

export const words: readonly string[] = helper.WORD_LIST

const sequence = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 73 + 5) % 256)
const key = new AeadKey(sequence(32))
const binding = { patientId: 'PAT-1', thread: '', sender: 'a', recipient: 'b' }

const message = (sizeBytes: number): Uint8Array =>
  sealMessage({ key, kid: sequence(8), counter: 3n }, binding, {
    mediaType: 'application/octet-stream',
    content: sequence(sizeBytes),
    sentAtMs: 1_790_000_000_000,
  })

const shares = splitSecret(sequence(32), { threshold: 2, numShares: 3, label: 'practice key' }).map(
  formatShare,
)
const [mnemonics = []] = splitMnemonics(sequence(32), {
  words,
  groupThreshold: 1,
  groups: [{ threshold: 2, count: 3 }],
  exponent: 0,
})
const pairing = encodeBase64Url(encodeCbor({ n: 'Rosa', sk: sequence(32), mac: sequence(32), e0: 500 }))

const identity = generateIdentityKey('x25519', { bytes: sequence })
const hybrid = generateIdentityKey('xwing', { bytes: sequence })
const signingKey = new SigningKey(sequence(32))
const names = {
  ...{ owner: ownerOf(signingKey).verifyingKey, packageId: sequence(16), version: 3 },
  payloadCid: 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku',
}
const link: Omit<ShlLink, 'label'> = {
  ...{ url: 'https://clinic.example/shl/abc', key, flags: 'LP', expSeconds: 1_800_000_000 },
}

const team = createTeam(
  { title: 'Rosa, ward 3', name: 'Dr. Okafor' },
  { clock: { nowMs: () => 1_800_000_000_000 }, random: { bytes: sequence } },
)

function teamFrame(text: string): Uint8Array {
  const body = { mediaType: 'text/plain;charset=utf-8', content: encodeUtf8(text) }
  return sealForTeam(team, body, { clock: { nowMs: () => 1_800_000_000_000 }, random: { bytes: sequence } })
    .frame
}

export const things: Readonly<Record<PastedKind, readonly string[]>> = {
  message: [formatMessage(message(20)), formatMessage(message(3000))],
  part: splitMessage(message(3000), 1200),
  'message-v1': [sealV1(key, 'BP 120/80', 'PAT-1'), sealV1(key, 'Grüße, and a longer text', 'Köln-12')],
  'team-frame': [formatTeamFrame(teamFrame('BP 120/80')), formatTeamFrame(teamFrame('x'.repeat(3000)))],
  share: shares,
  'pairing-code': [`chartseal-pair:${pairing}`],
  'pairing-answer': [`chartseal-answer:${pairing}`],
  'pairing-reveal': [`chartseal-reveal:${encodeBase64Url(sequence(96))}`],
  recipient: [formatRecipient(recipientOf(identity)), formatRecipient(recipientOf(hybrid))],
  identity: [formatIdentityKey(identity), formatIdentityKey(hybrid)],
  'verify-capability': [formatVerifyCapability(names)],
  'read-capability': [formatReadCapability({ ...names, contentKey: key })],
  'grant-capability': [formatGrantCapability({ ...names, contentKey: key, signingKey })],
  'health-link': [
    formatLink({ ...link, label: 'Quotes "}" and \\ {[' }),
    formatLink({ ...link, label: null }),
  ],
  mnemonic: mnemonics,
}

export type Mangling = (text: string) => string

const wrap =
  (width: number, end: string): Mangling =>
  text =>
    text
      .split('\n')
      .map(line => line.match(new RegExp(`.{1,${width}}`, 'gu'))?.join(end) ?? '')
      .join('\n')

const lines =
  (change: (line: string, at: number) => string): Mangling =>
  text =>
    text.split('\n').map(change).join('\n')

/** Put around or into the text by whoever writes, and by the chat program. */
export const marks: Readonly<Record<string, Mangling>> = {
  plain: text => text,
  'byte order mark': text => `\ufeff${text}`,
  'no-break spaces': text => `\u00a0${text}\u00a0`,
  isolates: text => `\u2068${text}\u2069`,
  'left-to-right mark': text => `\u200e${text}`,
  'zero-width spaces inside': text => text.replace(/(.{30})/g, '$1\u200b'),
  'soft hyphens inside': text => text.replace(/(.{17})/g, '$1\u00ad'),
  'iOS prefix': text => `[28/11/26, 21:00:15] Dr. Okafor: ${text}`,
  'Android prefix': text => `28/11/2026, 21:00 - Rosa: ${text}`,
  'short prefix': text => `[12:04] Dr. Okafor: ${text}`,
  'sentence before': text => `Here it is, as we said: ${text}`,
  'sentence after': text => `${text} Please read it today, best regards`,
  edited: text => `${text} (edited)`,
  'full stop': text => `${text}.`,
  backticks: text => `\`${text}\``,
  fence: text => `\`\`\`\n${text}\n\`\`\`\n`,
  'smart quotes': text => `\u201c${text}\u201d`,
  'angle brackets': text => `<${text}>`,
  signature: text => `${text}\n\nSent from my phone`,
  copies: text => `${text}\n${text}`,
}

/** What wraps and quotes lines. */
export const folds: Readonly<Record<string, Mangling>> = {
  'one line': text => text,
  'LF at 76': wrap(76, '\n'),
  'LF at 5': wrap(5, '\n'),
  'CRLF at 60': wrap(60, '\r\n'),
  'CR at 40': wrap(40, '\r'),
  flowed: wrap(72, ' \n'),
  quoted: lines(line => `> ${line}`),
  'wrapped and quoted twice': text => lines(line => `> > ${line}`)(wrap(70, '\n')(text)),
  'quoted without spaces': text => lines(line => `>>${line}`)(wrap(33, '\n')(text)),
}

const percent = (characters: RegExp): Mangling => {
  const encoder = new TextEncoder()
  const encoded = (character: string): string =>
    [...encoder.encode(character)]
      .map(byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join('')
  return text => text.replace(characters, encoded)
}

function quotedPrintable(text: string): string {
  const encoded = [...new TextEncoder().encode(text)].map(byte =>
    byte === 10 || (byte >= 32 && byte < 127 && byte !== 61)
      ? String.fromCharCode(byte)
      : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  )
  let [out, column] = ['', 0]
  for (const piece of encoded) {
    if (column + piece.length > 75) {
      out += '=\r\n'
      column = 0
    }
    out += piece
    column = piece === '\n' ? 0 : column + piece.length
  }
  return out
}

const escaped = (text: string): string =>
  text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/\u00a0/g, '&nbsp;')

/** What the transport makes of the whole. */
export const encodings: Readonly<Record<string, (text: string) => string | Uint8Array>> = {
  none: text => text,
  'UTF-8': text => new TextEncoder().encode(text),
  'UTF-16 with a mark': text => utf16(`\ufeff${text}`),
  'UTF-16 without a mark': text => utf16(text.replace(/^\ufeff/, '')),
  'UTF-16, high byte first': text => utf16(`\ufeff${text}`, true),
  'quoted-printable': quotedPrintable,
  'HTML paragraphs': text =>
    `<html><body><p class="x">${escaped(text).replace(/\n/g, '<br>\n')}</p></body></html>`,
  'HTML divisions': text =>
    escaped(text)
      .split('\n')
      .map(line => `<div dir='ltr'>${line}</div>`)
      .join(''),
  'percent, brackets': percent(/[[\]:/+=]/g),
  'percent, all but letters': percent(/[^A-Za-z0-9_-]/gu),
  'full width': text =>
    text.replace(/[[\]:]/g, character => String.fromCharCode(character.charCodeAt(0) + 0xfee0)),
}

function utf16(text: string, highFirst = false): Uint8Array {
  const bytes = new Uint8Array(text.length * 2)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i), !highFirst)
  return bytes
}
