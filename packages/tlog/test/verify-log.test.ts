import { encodeUtf8 } from '@chartseal/core/encoding'
import { bundleAt, changed, flipBit, propertyRuns } from '@chartseal/testkit'
import { mapSource, parseCosignatureKey, parsePolicy, parseVerifierKey, verifyLog } from '@chartseal/tlog'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { logOf, numbered } from './leaves.js'
import {
  codes,
  found,
  log,
  logKey,
  noteOf,
  origin,
  rewritten,
  signed,
  signerOf,
  trusted,
  witness,
  witnessed,
} from './signed-log.js'

describe('a whole log', () => {
  it('has no findings, deeply or at its edge, with what was kept or without', async () => {
    const against = noteOf(logOf(300))
    for (const deep of [true, false]) {
      expect(await codes(signed(log), { deep })).toEqual([])
      expect(await codes(signed(log), { deep, against })).toEqual([])
      expect(await codes(signed(log), { deep, against: noteOf(log) })).toEqual([])
    }
    const report = await verifyLog(mapSource(signed(log)), { log: trusted, rules: numbered })
    expect(report).toMatchObject({ checkpoint: { origin, size: 600, root: log.head.root }, notes: [] })
  })

  it('says how far it is', async () => {
    const seen: number[] = []
    await found(signed(log), { onProgress: leaves => seen.push(leaves) })
    expect(seen).toEqual([256, 512, 600])
  })

  it('that is being written is ahead of its checkpoint: a note, no finding', async () => {
    const files = changed(logOf(520).files, copy => copy.set('checkpoint', encodeUtf8(noteOf(logOf(400)))))
    const early = changed(files, copy => {
      for (const [name, bytes] of logOf(400).files) copy.set(name, bytes)
    })
    const { findings, notes } = await verifyLog(mapSource(early), { log: trusted, rules: numbered })
    expect(findings).toEqual([])
    expect(notes.map(({ code, context }) => [code, { ...context }])).toEqual([
      ['verify/beyond-checkpoint', { path: bundleAt(1), size: 400 }],
    ])
  })
})

describe('with a stolen log key', () => {
  it('a rewritten log verifies: only what was kept shows the fork, if it reaches as far', async () => {
    const law = fc.asyncProperty(fc.nat({ max: 599 }), fc.integer({ min: 1, max: 600 }), async (i, size) => {
      const forged = signed(rewritten(log, i))
      expect(await codes(forged)).toEqual([])
      const against = noteOf(logOf(size))
      const expected = i < size ? ['verify/forked'] : []
      expect(await codes(forged, { against })).toEqual(expected)
      expect(await codes(forged, { against, deep: false })).toEqual(expected)
    })
    await fc.assert(law, propertyRuns(30, 8))
  })

  it('a fork is named, too, when the files are those of the kept history', async () => {
    const files = signed(log, noteOf(rewritten(log, 7)))
    for (const size of [300, 600]) {
      expect(await codes(files, { against: noteOf(logOf(size)) })).toContain(
        size === 600 ? 'verify/forked' : 'verify/kept-unproven',
      )
    }
    expect(await codes(files)).toEqual(['verify/root-mismatch'])
  })

  it('or a witness, which does not cosign it', async () => {
    const good = signed(log, noteOf(log, [logKey, witness]))
    expect(await codes(good, { policy: witnessed })).toEqual([])
    expect(await codes(signed(rewritten(log, 7)), { policy: witnessed })).toEqual(['verify/policy-unmet'])
  })

  it('a cut off log verifies, too, unless a later checkpoint was kept', async () => {
    const short = signed(logOf(300))
    expect(await codes(short)).toEqual([])
    for (const deep of [true, false]) {
      const [finding, ...others] = await found(short, { deep, against: noteOf(log) })
      expect([finding?.code, others]).toEqual(['verify/rolled-back', []])
      expect(finding?.context).toEqual({ size: 300, kept: 600 })
    }
  })
})

describe('a checkpoint that is not believed', () => {
  it.each([
    ['a key that is not the log’s', noteOf(log, [signerOf(3)])],
    ['the key of another log', noteOf(log, [signerOf(1, 'other.example')])],
    ['nobody for this size', noteOf(log).replace('\n600\n', '\n601\n')],
    ['a known key, for another origin', noteOf(log, [logKey], 'other.example')],
  ])('signed by %s', async (_, note) => {
    expect(await codes(signed(log, note))).toEqual(['verify/checkpoint-unsigned'])
    // What was kept is verified instead.
    const files = signed(log, note)
    expect(await codes(files, { against: noteOf(log) })).toEqual(['verify/checkpoint-unsigned'])
    flipBit(files, bundleAt(0), 500)
    expect(await codes(files, { against: noteOf(log) })).toEqual([
      'verify/checkpoint-unsigned',
      'verify/edited',
    ])
  })

  it('does not make the verifier read for ever', async () => {
    const huge = { ...log, head: { ...log.head, size: 2 ** 52 } }
    const found = await codes(signed(huge))
    expect(found).toEqual(['verify/root-unproven', 'verify/cut-off'])
  })
})

describe('texts that went through an editor', () => {
  const spoilt = (text: string): readonly string[] => [
    text.replaceAll('\n', '\r\n'),
    `\ufeff${text}`,
    text.slice(0, -1),
    `${text}\n\n`,
  ]

  it('are read as what they are: a kept checkpoint', async () => {
    for (const against of spoilt(noteOf(logOf(300))))
      expect(await codes(signed(log), { against })).toEqual([])
    for (const against of spoilt(noteOf(rewritten(logOf(300), 2))))
      expect(await codes(signed(log), { against })).toEqual(['verify/forked'])
  })

  it('are read as what they are: a policy and the keys in it', () => {
    const policy = `log ${logKey.verifierKey}\nwitness w ${witness.verifierKey}\nquorum w\n`
    const expected = JSON.stringify(parsePolicy(policy, { allowWeak: true }))
    for (const text of [...spoilt(policy), policy.replaceAll('\n', ' \t\n')])
      expect(JSON.stringify(parsePolicy(text, { allowWeak: true }))).toBe(expected)
    expect(parseVerifierKey(` ${logKey.verifierKey}\r\n`)).toMatchObject({ verifierKey: logKey.verifierKey })
    expect(parseCosignatureKey(`${witness.verifierKey} `)).toMatchObject({ verifierKey: witness.verifierKey })
  })
})

it('says which key signed the checkpoint', async () => {
  const { checkpoint } = await verifyLog(mapSource(signed(log)), { log: trusted, rules: numbered })
  expect(checkpoint?.signedBy).toEqual([logKey.verifierKey.split('+').slice(0, 2).join('+')])
})
