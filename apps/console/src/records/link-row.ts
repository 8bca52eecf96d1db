/** A SMART Health Link that this device made. Whoever has its text can fetch and read: the row is as secret as that. */
import { CborFields } from '@chartseal/core/cbor'
import { decodeCbor, encodeCbor } from '@chartseal/core/encoding'
import type { Beside } from '../pairs/pairs.js'
import { refuseNewer } from '../store/row-version.js'

/** With when the clinic said that it does not have it; 1 without. */
const version = 2
const missingField = 'missing'
const fields = ['v', 'text', 'name', 'flag', 'exp', 'at', 'stored', 'body', 'ending', 'ended', 'why']
export const linkPrefix = 'link/'
export const linkKeyOf = (id: string): string => `${linkPrefix}${id}`
/** Marks a link of which the clinic does not know all yet. */
export const dueLinkPrefix = 'due-link/'

export interface OwnLink {
  /** 43 characters: in the address of the manifest. */
  readonly id: string
  /** `shlink:/…`; empty once it was ended. */
  readonly text: string
  readonly name: string
  /** Letters of LPU. */
  readonly flag: string
  /** 0 without an end. */
  readonly expMs: number
  readonly madeMs: number
  readonly isStored: boolean
  /** What the clinic is given, until it has it: no key is in it. */
  readonly body: Uint8Array
  /** A person has ended it, and since when the clinic knows; 0 before. */
  readonly isEnding: boolean
  readonly endedMs: number
  /** When the clinic, asked to end it, first said that it does not have it; 0 before. */
  readonly missingMs: number
  /** The code with which the clinic refused it; empty when it did not. */
  readonly why: string
}

export function linkRows(link: OwnLink): Beside {
  const isDue = link.why === '' && (!link.isStored || (link.isEnding && link.endedMs === 0))
  return [
    [linkKeyOf(link.id), encodeLink(link)],
    [`${dueLinkPrefix}${link.id}`, isDue ? new Uint8Array() : null],
  ]
}

function encodeLink(link: OwnLink): Uint8Array {
  return encodeCbor({
    ...missingOf(link),
    text: link.text,
    name: link.name,
    flag: link.flag,
    exp: link.expMs,
    at: link.madeMs,
    stored: link.isStored ? 1 : 0,
    body: link.body,
    ending: link.isEnding ? 1 : 0,
    ended: link.endedMs,
    why: link.why,
  })
}

function missingOf({ missingMs }: OwnLink): Readonly<Record<string, number>> {
  return missingMs === 0 ? { v: 1 } : { v: version, [missingField]: missingMs }
}

/** @throws ChartsealError `cbor/invalid`, `console/newer-page` */
export function decodeLink(key: string, bytes: Uint8Array): OwnLink {
  const map = new CborFields(refuseNewer(decodeCbor(bytes), version), fields, [missingField])
  map.count('v', version, 1)
  return {
    id: key.slice(linkPrefix.length),
    text: map.text('text'),
    name: map.text('name'),
    flag: map.text('flag'),
    expMs: map.count('exp'),
    madeMs: map.count('at'),
    isStored: map.count('stored', 1) === 1,
    body: map.bytes('body'),
    isEnding: map.count('ending', 1) === 1,
    endedMs: map.count('ended'),
    missingMs: map.has(missingField) ? map.count(missingField) : 0,
    why: map.text('why'),
  }
}
