/**
 * Two servers of one clinic under everything that people do, while each of them, PostgreSQL and NATS are killed in turns.
 * `scripts/check-two-servers.mjs` asks for it, and has the programs that it needs; here stands what its judge would find.
 */
import { accessCommitment, clinicLeafCodec, encodeAccessEntry } from '@chartseal/audit/access'
import { encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { emptyTree, extend, leafHash, treeRoot } from '@chartseal/core/merkle'
import { systemRandom } from '@chartseal/core/system'
import { describe, expect, it } from 'vitest'
import { type Evidence, findingsOf } from './pair-judge.js'

const { TEST_TWO_SERVERS_MS: forMs } = process.env

function rootOf(leaves: readonly Uint8Array[]): string {
  return encodeHex(treeRoot(leaves.reduce((tree, leaf) => extend(tree, leafHash(leaf)), emptyTree)))
}

/** What two servers in turn leave behind: a writer each, and an entry. */
async function sound(): Promise<Evidence> {
  const salt = new Uint8Array(32).fill(1)
  const entry = encodeAccessEntry({ act: 'message-stored', by: 'a', box: 'b', ids: ['m'], device: '' })
  const contents = [
    { text: '{"event":"log-writer","number":1}' },
    { sum: accessCommitment(salt, entry) },
    { text: '{"event":"log-writer","number":2}' },
  ]
  const leaves = await Promise.all(
    contents.map((content, seq) =>
      clinicLeafCodec.encode({ id: systemRandom.bytes(16), ...content }, seq, 1_000 + seq),
    ),
  )
  return {
    leaves,
    checkpoints: [0, 1, 3].map(size => ({ size, root: rootOf(leaves.slice(0, size)), by: 'somebody' })),
    openings: [{ leafIndex: 1, salt, entry }],
    end: { size: 3, root: rootOf(leaves), writer: 2 },
    acts: ['message-stored m'],
  }
}

describe('who judges what two servers have left', () => {
  it('finds nothing where nothing is wrong', async () => {
    expect(findingsOf(await sound())).toEqual([])
  })

  it('finds another history, an older writer, an opening of something else, and what has no entry', async () => {
    const one = await sound()
    const [first, , last] = one.leaves
    if (first === undefined || last === undefined) throw new Error('there are three')
    const [opening] = one.openings
    if (opening === undefined) throw new Error('there is one')
    const other = { ...one.end, root: rootOf([encodeUtf8('x')]) }
    const cases: readonly (readonly [Partial<Evidence>, RegExp])[] = [
      [
        { checkpoints: [{ size: 2, root: rootOf([first, last]), by: 'w' }] },
        /not the one that w has seen at 2/,
      ],
      [{ checkpoints: [{ size: 4, root: rootOf(one.leaves), by: 'w' }] }, /not the one that w has seen at 4/],
      [{ end: other }, /not the one that the database has seen/],
      [{ end: { ...one.end, writer: 3 } }, /the last writer is 2, not 3/],
      [{ openings: [{ ...opening, salt: new Uint8Array(32) }] }, /leaf 1 is of something else/],
      [{ openings: [opening, opening] }, /leaf 1 has two openings/],
      [{ openings: [opening, { ...opening, leafIndex: 9 }] }, /leaf 9 is not there/],
      [{ acts: ['message-stored m', 'message-stored n'] }, /no entry says: message-stored n/],
    ]
    for (const [change, words] of cases)
      expect(findingsOf({ ...one, ...change })).toEqual([expect.stringMatching(words)])
    const back = { ...one, leaves: [last, ...one.leaves.slice(1, 2), first] }
    expect(findingsOf(back)).toContain('writer 1 wrote behind a later one')
  })
})

if (forMs !== undefined) {
  describe('two servers on one PostgreSQL and NATS', () => {
    it(`lose nothing, give nothing twice and have one history, for ${Number(forMs) / 1_000} s`, {
      timeout: Number(forMs) + 600_000,
    }, async () => {
      // With all that it needs: nothing of that is loaded where nobody asks for it.
      const { pairUnderLoad } = await import('./pair-run.js')
      const report = await pairUnderLoad(Number(forMs))
      process.stdout.write(`${report.lines.map(line => `two servers: ${line}\n`).join('')}`)
      expect(report.findings).toEqual([])
    })
  })
}
