/** Texts in brackets: sealed messages of both versions, parts of them, and what a care team writes. */
import type { ChartsealError } from '@chartseal/core/errors'
import { pastedError } from '../errors.js'
import { broken, type Found, kindNames, type PastedKind } from './found.js'

const begin = new RegExp(`${broken('[')}[\\s\`]*(?:${broken('CHARTSEAL:')}|${broken('MEDCRYPT:')})`, 'gi')

interface Alphabet {
  readonly name: string
  readonly foreign: RegExp
}

// A part has its number between colons, as in `1/3`.
const base64url: Alphabet = { name: 'base64url', foreign: /[^\w\-:/]/u }
const base64: Alphabet = { name: 'base64', foreign: /[^A-Za-z0-9+/=:]/u }

export function* framesIn(plain: string): Generator<Found> {
  // Looked for once, however many frames begin before it.
  let [end, next] = [0, 0]
  for (const match of plain.matchAll(begin)) {
    const from = match.index + match[0].length
    if (end >= 0 && end < from) end = plain.indexOf(']', from)
    if (next >= 0 && next < from) next = plain.indexOf('[', from)
    const whole = end >= 0 && (next < 0 || end < next)
    const raw = plain.slice(match.index, whole ? end + 1 : next < 0 ? undefined : next)
    yield frameOf(raw.replace(/[\s`\u0085]+/g, ''), whole)
  }
}

function frameOf(text: string, whole: boolean): Found {
  const kind = kindOf(text)
  if (!whole) return { kind, text, refusal: pastedError('pasted/unfinished', { what: kindNames[kind] }) }
  return { kind, text, refusal: refusalOf(kind, text) }
}

function kindOf(text: string): PastedKind {
  if (/^\[MEDCRYPT/i.test(text)) return 'message-v1'
  if (/^\[CHARTSEAL:team-/i.test(text)) return 'team-frame'
  return /^\[[^:]*:[^:]*:[^:]*:/.test(text) ? 'part' : 'message'
}

function refusalOf(kind: PastedKind, text: string): ChartsealError | null {
  const what = kindNames[kind]
  if (!/^\[(CHARTSEAL|MEDCRYPT):(v|team-v)/.test(text)) return pastedError('pasted/changed-case', { what })
  return foreignCharacter(what, text, kind === 'message-v1' ? base64 : base64url)
}

/** Counts from 1, the bracket included. */
function foreignCharacter(what: string, text: string, { name, foreign }: Alphabet): ChartsealError | null {
  const found = foreign.exec(text.slice(1, -1))
  if (found === null) return null
  return pastedError('pasted/foreign-character', {
    what,
    alphabet: name,
    at: found.index + 2,
    character: codePointName(found[0]),
  })
}

/** Such as `U+2013`. */
export function codePointName(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
}
