/** Step: the network is cut, and the last unit is asked for at both counters. */
import { lookUp, settle } from '@chartseal/clinic/prescriptions'
import { equal } from '@chartseal/core/bytes'
import { blockOf, decodeBlock, headerOf } from '@chartseal/emr-ledger'
import type { Place } from '../ledger/network.js'
import { isFinal, southPharmacist, type Valley } from '../ledger/valley.js'
import { present } from '../present.js'
import type { Stage } from '../story.js'
import { short } from '../words.js'
import type { People } from './keys.js'
import { dispense, type Issued, mostSlots, says } from './prescribe.js'

/** So long the side that cannot go on tries. */
const slotsAlone = 15

export async function cutAndHeal(stage: Stage, people: People, issued: Issued): Promise<void> {
  const { valley, slip } = issued
  const { network, northCounter, southCounter, north, south, board } = valley
  network.cut([north, board], [south])
  stage.note('North and the board see each other; South sees nobody. Both counters are shown the same slip')
  const [atNorth, atSouth] = [await lookUp(northCounter, slip), await lookUp(southCounter, slip)]
  stage.check(
    'each of them reads 1 unit left, as both were told last',
    says(atNorth, 'partly', 1) && says(atSouth, 'partly', 1),
  )
  const [first, second] = [await dispense(northCounter, atNorth), await dispense(southCounter, atSouth)]
  const finalBefore = south.node.final
  await network.run(slotsAlone)
  await network.until(() => isFinalAt(north, first.txid), mostSlots)
  const given = await settle(northCounter, first.txid)
  stage.check(
    'the north is two of three: its record is final, and the unit is given out',
    given.kind === 'final',
  )
  const held = await settle(southCounter, second.txid)
  stage.answer('the same unit in the south: not final yet, so nothing is given out', 'waiting', held.kind)
  stage.check('South alone made nothing final', equal(south.node.final.id, finalBefore.id))
  network.heal()
  await network.until(async () => (await isFinal(valley, first.txid)) && isOne(valley), mostSlots)
  const lost = await settle(southCounter, second.txid)
  stage.answer('the record of the south, once the network is whole', 'never', lost.kind)
  await people.trail.record(southPharmacist, 'gave out nothing', people.patient.id)
  await checkOneState(stage, issued)
  await attackNodes(stage, issued, second.txid)
  await network.close()
}

async function isFinalAt({ node }: Place, txid: Uint8Array): Promise<boolean> {
  const status = await node.record(txid)
  return status?.kind === 'sealed' && status.at.finality.kind === 'final'
}

/** One final block, and one state after it. */
function isOne({ network }: Valley): boolean {
  const [first, ...others] = network.places
  return others.every(({ node }) => equal(node.final.id, present(first).node.final.id))
}

async function checkOneState(stage: Stage, { valley, txid, slip }: Issued): Promise<void> {
  const { network, south, northCounter, southCounter } = valley
  const late = await network.join(south)
  const places = [...network.places, late]
  const states = await Promise.all(places.map(({ node }) => node.prescription(txid)))
  stage.check(
    `all three nodes and one that came late have one final block, ${short(south.node.final.id)}, and 2 of 2 given out`,
    isOne(valley) &&
      equal(late.node.final.id, south.node.final.id) &&
      states.every(state => state?.final?.status === 'dispensed' && state.final.dispensed === 2),
  )
  const [north, other] = [await lookUp(northCounter, slip), await lookUp(southCounter, slip)]
  stage.check('both counters say: nothing left', says(north, 'dispensed', 0) && says(other, 'dispensed', 0))
  await late.node.close()
}

/** The record of the south once more, and blocks that were changed on their way. */
async function attackNodes(stage: Stage, { valley }: Issued, lost: Uint8Array): Promise<void> {
  const { north, southCounter } = valley
  const record = present(southCounter.shelf.book().errands.find(one => equal(one.record.txid, lost))).record
  await stage.attack('the record of the south, handed in once more', 'ledger/not-open', () =>
    north.node.submit(record.bytes),
  )
  await attackNewcomer(stage, valley)
  const tip = decodeBlock(present(await north.node.block(north.node.tip.id)))
  const other = headerOf({ ...tip.header, stateRoot: new Uint8Array(32) })
  await stage.attack('a block with another state under the same seal', 'ledger/seal-signature', () =>
    north.node.receive(blockOf(other, tip.seal, tip.records).bytes),
  )
}

async function attackNewcomer(stage: Stage, { network, north }: Valley): Promise<void> {
  const block = decodeBlock(present(await north.node.block(1n)))
  const first = present(block.records[0])
  const late = await network.join(null)
  await stage.attack('a block without its prescription, for a node that is new', 'ledger/records-root', () =>
    late.node.receive(
      blockOf(
        block.header,
        block.seal,
        block.records.filter(record => record !== first),
      ).bytes,
    ),
  )
  await late.node.close()
}
