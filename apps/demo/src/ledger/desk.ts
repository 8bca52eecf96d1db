/** A device at which prescriptions are signed: its way to a node of this process, and its book in memory. */
import { type Book, type Desk, type LedgerWay, newBook, type Shelf } from '@chartseal/clinic/prescriptions'
import { ChartsealError } from '@chartseal/core/errors'
import type { Random } from '@chartseal/core/ports'
import { anchorOf, encodeGenesis, type RecordSigner } from '@chartseal/emr-ledger'
import { type Network, type Place, proofFrom } from './network.js'

export function deskAt(place: Place, signer: RecordSigner, { clock }: Network, random: Random): Desk {
  const shelf = shelfOf(newBook(anchorOf(encodeGenesis(place.node.genesis))))
  return { signer, way: wayTo(place), shelf, world: { clock, random } }
}

function wayTo(place: Place): LedgerWay {
  const { node } = place
  return {
    info: async kid => ({ ledger: node.id, nextSeq: await node.nextSeq(kid) }),
    async submit(record) {
      try {
        await node.submit(record)
        return { kind: 'taken' }
      } catch (error) {
        if (!(error instanceof ChartsealError)) throw error
        return { kind: 'refused', code: error.code }
      }
    },
    proof: query => proofFrom(place, query),
  }
}

function shelfOf(first: Book): Shelf {
  let book = first
  return {
    book: () => book,
    async change(step) {
      book = step(book)
      return book
    },
  }
}
