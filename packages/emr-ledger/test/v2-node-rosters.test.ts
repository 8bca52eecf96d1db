import { LedgerNode, type Roster, type SealedHeader, type SealNews } from '@chartseal/emr-ledger'
import { expect, it } from 'vitest'
import { Disk, LedSeal, Mint, openNode, people, receiveAll, registrar, scribeOf } from './v2-node-world.js'
import { Person, rosterOf } from './v2-world.js'

it('tells the seal of a node that starts again the roster after each block, as when the blocks came', async () => {
  const told: bigint[] = []
  class Noting extends LedSeal {
    override add(block: SealedHeader, roster: Roster): SealNews {
      told.push(roster.number)
      return super.add(block, roster)
    }
  }
  const [scribe, mint, disk] = [scribeOf(), new Mint(), new Disk()]
  const { node, options } = await openNode({ blocks: disk.open() })
  const [plain, other] = [await mint.block(mint.zero), await mint.block(mint.zero, [], 1n, 9n)]
  const next = rosterOf([...people, new Person(9, ['dispenser'])], 2n)
  const changed = await mint.block(plain, [scribe.roster(registrar, next)])
  const blocks = [plain, changed, other, await mint.block(changed), await mint.block(other)]
  await receiveAll(node, blocks)
  await node.close()
  const seal: typeof options.seal = start => new Noting(start)
  const again = await LedgerNode.open({ ...options, blocks: disk.open(), seal })
  expect(told).toEqual([1n, 2n, 1n, 2n, 1n])
  expect(await again.roster()).toEqual(next)
})
