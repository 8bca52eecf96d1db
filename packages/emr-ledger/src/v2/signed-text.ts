/** What a person reads before they sign, in their language: facts of the claims, and the content that they commit to. */
import { decodeUtf8, encodeHex } from '@chartseal/core/encoding'
import { quoted, visible } from '@chartseal/core/text'
import type { Claims, Order, RecordKind, RosterClaims } from './claims.js'
import type { Content } from './prepare.js'
import { findMember, type Member, type Roster } from './roster.js'
import { utcText } from './utc-text.js'

export type Language = 'en' | 'es'

export interface SignedText {
  readonly claims: Claims
  readonly txid: Uint8Array
  readonly ledgerName: string
  readonly content: Content | undefined
  readonly inForce: Roster | undefined
  readonly language: Language
}

/** Lines of "name: value"; whatever others wrote is quoted, or stands behind a bar. */
export function textOf(signed: SignedText): string {
  const { claims, ledgerName, language } = signed
  const words = wordsOf[language]
  const head = [
    words.kinds[claims.kind],
    `${words.ledger}: ${quoted(ledgerName)} (${shortId(claims.ledger)})`,
    `${words.signer}: ${shortId(claims.signer)}, ${words.seq} ${claims.seq}`,
    `${words.authoredOn}: ${utcText(claims.authoredOn)}`,
  ]
  return `${[...head, ...partsOf(signed, words)].join('\n')}\n`
}

/** 12 digits of an id, in groups: what two people can compare. */
export function shortId(id: Uint8Array): string {
  return encodeHex(id.subarray(0, 6)).replace(/(?<=^(?:.{4})+)(?=.)/g, ' ')
}

function partsOf(signed: SignedText, words: Words): readonly string[] {
  const { claims, txid } = signed
  switch (claims.kind) {
    case 'prescribe':
      return [`${words.prescription}: ${shortId(txid)}`, ...orderLines(claims, signed, words)]
    case 'cancel':
      return [`${words.prescription}: ${shortId(claims.prescription)}`]
    case 'dispense':
      return [
        `${words.prescription}: ${shortId(claims.prescription)}`,
        `${words.quantity}: ${claims.quantity}`,
      ]
    case 'replace':
      return [
        `${words.replaced}: ${shortId(claims.prescription)}`,
        `${words.prescription}: ${shortId(txid)}`,
        ...orderLines(claims, signed, words),
      ]
    case 'roster':
      return rosterLines(claims, signed.inForce, words)
  }
}

function orderLines(order: Order, { content, language }: SignedText, words: Words): readonly string[] {
  return [
    `${words.quantity}: ${order.quantity}`,
    `${words.validUntil}: ${utcText(order.validUntil)}`,
    ...(content === undefined ? [words.notShown] : contentLines(content, language, words)),
  ]
}

/** Behind bars, so that no content looks like a line of the claims. */
function contentLines({ patient, body, read }: Content, language: Language, words: Words): readonly string[] {
  const text = read === undefined ? decodeUtf8(body) : read(Uint8Array.from(body), language)
  const lines = visible(text.replaceAll('\r\n', '\n')).trimEnd().split('\n')
  return [`${words.patient}: ${quoted(patient)}`, `${words.content}:`, ...lines.map(line => `| ${line}`)]
}

function rosterLines({ roster }: RosterClaims, inForce: Roster | undefined, words: Words): readonly string[] {
  const { number, quorum, members } = roster
  return [
    `${words.rosterNumber}: ${number}`,
    `${words.quorum}: ${quorum}`,
    `${words.members}: ${members.length}`,
    ...clockLines(roster, inForce, words),
    ...(inForce === undefined
      ? members.map(member => `| ${memberLine(member, words)}`)
      : changeLines(roster, inForce, words)),
  ]
}

/** It makes valid again what has expired, so that whoever signs must see it. */
function clockLines({ clock }: Roster, inForce: Roster | undefined, words: Words): readonly string[] {
  const before = inForce?.clock
  if (clock === undefined || (clock.height === before?.height && clock.time === before.time)) return []
  return [`${words.clock}: ${utcText(clock.time)} (${words.toBlock} ${clock.height})`]
}

/** What a registrar has to look at: who comes, goes, or is another than before. */
function changeLines(next: Roster, inForce: Roster, words: Words): readonly string[] {
  const line = (member: Member): string => memberLine(member, words)
  const come = next.members.filter(({ kid }) => findMember(inForce, kid) === null)
  const gone = inForce.members.filter(({ kid }) => findMember(next, kid) === null)
  const changed = inForce.members.flatMap(before => {
    const after = findMember(next, before.kid)
    return after === null || line(after) === line(before) ? [] : [`${line(before)} -> ${line(after)}`]
  })
  const lines = [
    ...come.map(member => `| ${words.comes}: ${line(member)}`),
    ...gone.map(member => `| ${words.goes}: ${line(member)}`),
    ...changed.map(change => `| ${words.changes}: ${change}`),
  ]
  return lines.length > 0 ? lines : [`| ${words.nobodyChanges}`]
}

function memberLine({ kid, name, roles, from, until }: Member, words: Words): string {
  const heights = until === null ? `${words.from} ${from}` : `${words.from} ${from} ${words.until} ${until}`
  return `${quoted(name)} (${shortId(kid)}): ${roles.map(role => words.roles[role]).join(', ')}; ${heights}`
}

interface Words {
  readonly kinds: { readonly [kind in RecordKind]: string }
  readonly roles: { readonly [role in Member['roles'][number]]: string }
  readonly ledger: string
  readonly signer: string
  readonly seq: string
  readonly authoredOn: string
  readonly prescription: string
  readonly replaced: string
  readonly quantity: string
  readonly validUntil: string
  readonly patient: string
  readonly content: string
  readonly notShown: string
  readonly rosterNumber: string
  readonly quorum: string
  readonly members: string
  readonly clock: string
  readonly toBlock: string
  readonly from: string
  readonly until: string
  readonly comes: string
  readonly goes: string
  readonly changes: string
  readonly nobodyChanges: string
}

const en: Words = {
  kinds: {
    prescribe: 'I prescribe.',
    cancel: 'I cancel a prescription.',
    replace: 'I replace a prescription by a new one.',
    dispense: 'I dispense.',
    roster: 'I agree to a new list of members.',
  },
  roles: { prescriber: 'prescriber', dispenser: 'dispenser', sealer: 'sealer', registrar: 'registrar' },
  ledger: 'Ledger',
  signer: 'Signing key',
  seq: 'record',
  authoredOn: 'Written',
  prescription: 'Prescription',
  replaced: 'Replaced prescription',
  quantity: 'Units',
  validUntil: 'Valid until',
  patient: 'Patient',
  content: 'Content',
  notShown: 'Content: NOT SHOWN. Whoever signs has not seen what is prescribed.',
  rosterNumber: 'Number of the list',
  quorum: 'Registrars who must sign the next one',
  members: 'Members',
  clock: 'SETS THE CLOCK of the ledger back to',
  toBlock: 'up to block',
  from: 'from block',
  until: 'to before block',
  comes: 'Comes',
  goes: 'Goes',
  changes: 'Changes',
  nobodyChanges: 'Nobody comes, goes or changes.',
}

const es: Words = {
  kinds: {
    prescribe: 'Receto.',
    cancel: 'Anulo una receta.',
    replace: 'Sustituyo una receta por otra nueva.',
    dispense: 'Dispenso.',
    roster: 'Apruebo una nueva lista de miembros.',
  },
  roles: { prescriber: 'receta', dispenser: 'dispensa', sealer: 'sella', registrar: 'registra' },
  ledger: 'Registro',
  signer: 'Clave que firma',
  seq: 'asiento',
  authoredOn: 'Escrito',
  prescription: 'Receta',
  replaced: 'Receta sustituida',
  quantity: 'Unidades',
  validUntil: 'Válida hasta',
  patient: 'Paciente',
  content: 'Contenido',
  notShown: 'Contenido: NO MOSTRADO. Quien firma no ha visto lo que se receta.',
  rosterNumber: 'Número de la lista',
  quorum: 'Firmas de registradores que necesita la siguiente',
  members: 'Miembros',
  clock: 'ATRASA EL RELOJ del registro a',
  toBlock: 'hasta el bloque',
  from: 'desde el bloque',
  until: 'hasta antes del bloque',
  comes: 'Entra',
  goes: 'Sale',
  changes: 'Cambia',
  nobodyChanges: 'Nadie entra, sale ni cambia.',
}

const wordsOf: { readonly [language in Language]: Words } = { en, es }
