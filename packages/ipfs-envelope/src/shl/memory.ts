import type { ServedLink } from './create.js'
import type { FileTicket, LinkAccess, ShlStore, StoredLink } from './store.js'

/** A {@link ShlStore} in memory, for tests and demonstrations; what it logged is in `accesses`. */
export interface MemoryShlStore extends ShlStore {
  readonly accesses: readonly LinkAccess[]
  putLink(link: ServedLink): Promise<void>
  endLink(id: string, atMs: number): Promise<void>
}

/** An empty store in memory. */
export function memoryShlStore(): MemoryShlStore {
  const links = new Map<string, StoredLink>()
  const files = new Map<string, readonly string[]>()
  const tickets = new Map<string, FileTicket>()
  const accesses: LinkAccess[] = []
  const change = (id: string, part: Partial<StoredLink>): void => {
    const link = links.get(id)
    if (link !== undefined) links.set(id, { ...link, ...part })
  }
  return {
    accesses,
    link: async id => links.get(id) ?? null,
    file: async (id, index) => files.get(id)?.[index] ?? null,
    async putLink(link) {
      links.set(link.id, storedOf(link))
      files.set(
        link.id,
        link.files.map(({ jwe }) => jwe),
      )
    },
    endLink: async (id, endedMs) => change(id, { endedMs }),
    async countWrongPasscode(id, seen, next) {
      if (links.get(id)?.wrongPasscodes !== seen) return false
      change(id, { wrongPasscodes: next })
      return true
    },
    async putTicket(ticket) {
      tickets.set(`${ticket.linkId} ${ticket.ticket}`, ticket)
    },
    async takeTicket(linkId, name) {
      const ticket = tickets.get(`${linkId} ${name}`) ?? null
      tickets.delete(`${linkId} ${name}`)
      return ticket
    },
    async recordAccess(access) {
      accesses.push(access)
    },
  }
}

/** A new link, as a store keeps it. */
function storedOf({ files, ...link }: ServedLink): StoredLink {
  return {
    ...link,
    endedMs: null,
    wrongPasscodes: 0,
    files: files.map(({ jwe, ...file }) => ({ ...file, length: jwe.length })),
  }
}
