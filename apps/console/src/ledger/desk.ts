/** What prescribes, shows and dispenses at this device while it is unlocked: one desk for all screens. */
import type { Desk } from '@chartseal/clinic/prescriptions'
import { decodeBase64Url } from '@chartseal/core/encoding'
import type { RecordSigner } from '@chartseal/emr-ledger'
import type { Signer } from '../api/identity.js'
import type { Session } from '../state/session.js'
import { type BookShelf, openShelf } from './shelf.js'
import { firstAnchor, ledgerWay } from './way.js'

export type PageDesk = Desk & { readonly shelf: BookShelf }

type Device = Pick<Session, 'unlocked' | 'requests' | 'signer'>

const desks = new WeakMap<Device, Promise<PageDesk>>()

/**
 * The desk of a session; a first one that could not be had is tried again.
 * @throws ChartsealError `console/offline`, `console/refused`, `console/bad-answer`, `console/damaged-row`
 */
export function deskOf(session: Device): Promise<PageDesk> {
  const before = desks.get(session)
  if (before !== undefined) return before
  const opening = openDesk(session)
  desks.set(session, opening)
  opening.catch(() => desks.delete(session))
  return opening
}

async function openDesk({ unlocked, requests, signer }: Device): Promise<PageDesk> {
  const { clock, random } = unlocked
  return {
    way: ledgerWay(requests),
    shelf: await openShelf(unlocked, () => firstAnchor(requests)),
    signer: recordSigner(signer),
    world: { clock, random },
  }
}

/** The key of this device in WebCrypto signs records as it signs requests: the clinic's registrar puts it into the roster. */
export function recordSigner({ kid, publicKey, sign }: Signer): RecordSigner {
  return { algorithm: 'Ed25519', publicKey, kid: decodeBase64Url(kid), sign }
}
