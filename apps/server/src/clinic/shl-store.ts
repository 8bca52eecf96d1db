/** The port of the rules of SMART Health Links over the store and the log of a clinic. */
import { createHash } from 'node:crypto'
import type { FileTicket, LinkAccess, ShlStore, StoredLink } from '@chartseal/ipfs-envelope/shl'
import type { Clinic } from './clinic.js'
import { addOpening } from './openings.js'

/** Whoever asks writes what they like; NUL is what a table does not take. */
const kept = (recipient: string): string => recipient.replaceAll('\0', '\ufffd')

/** The store has what is in the address of a file only as this. */
function hashOf(link: string, ticket: string): Uint8Array {
  return createHash('sha256').update(`chartseal/link-ticket/v2 ${link} ${ticket}`).digest()
}

export type ShlWorld = Pick<Clinic, 'store' | 'writes' | 'log'>

export function shlStoreOf(clinic: ShlWorld): ShlStore {
  const { store, writes } = clinic
  return {
    link: id => linkIn(clinic, id),
    file: (link, file) => store.links.jwe(link, file),
    // Not through the writes that share a transaction: each decision stands for itself.
    countWrongPasscode: (id, seen, next) => store.links.countWrongPasscode(id, seen, next),
    putTicket({ linkId, ticket, file, recipient, untilMs }) {
      const hash = hashOf(linkId, ticket)
      return writes.commit(({ links }) =>
        links.addTicket({ hash, link: linkId, file, recipient: kept(recipient), expiresMs: untilMs }),
      )
    },
    async takeTicket(linkId, ticket): Promise<FileTicket | null> {
      const taken = await store.links.takeTicket(linkId, hashOf(linkId, ticket))
      if (taken === null) return null
      const { file, recipient, expiresMs: untilMs } = taken
      return { linkId, ticket, file, recipient, untilMs }
    },
    recordAccess: access => record(clinic, access),
  }
}

async function linkIn({ store }: ShlWorld, id: string): Promise<StoredLink | null> {
  const found = await store.links.find(id)
  if (found === null) return null
  const { flags, expMs, endedMs, passcode, wrongPasscodes, maxWrongPasscodes } = found
  const files = await store.links.files(id)
  return { id, flags, expMs, endedMs, passcode, wrongPasscodes, maxWrongPasscodes, files }
}

/** In the log first, and then where the owner reads it: nothing is given without both. */
async function record({ store, log, writes }: ShlWorld, access: LinkAccess): Promise<void> {
  const { linkId, atMs, kind, file } = access
  const recipient = kept(access.recipient)
  const found = await store.links.find(linkId)
  if (found === null) throw new Error('internal: an access of no link')
  const act = kind === 'wrong-passcode' ? 'link-refused' : 'link-opened'
  const ids = [linkId, recipient, kind]
  const recorded = await log.record({ act, by: '', box: '', ids, device: found.owner })
  await writes.commit(async tables => {
    await addOpening(tables, recorded, [found.owner])
    const { leafIndex } = recorded
    await tables.links.addAccess({ link: linkId, atMs, kind, recipient, file, leafIndex })
  })
}
