import {
  bundleAt,
  changed,
  codeOf,
  codesRaised,
  flipBit,
  type LogFiles,
  tileAt,
  withLeaves,
} from '@chartseal/testkit'
import { mapSource, parseVerifierKey, type VerifyLogOptions, verifyError, verifyLog } from '@chartseal/tlog'
import { describe, expect, it } from 'vitest'
import { leafAt, logOf, numbered } from './leaves.js'
import {
  found,
  log,
  logKey,
  noteOf,
  rewritten,
  signed,
  signerOf,
  trusted,
  witness,
  witnessed,
} from './signed-log.js'

/** The code, if it is among the findings of these files. */
const raise =
  (code: string, files: LogFiles, options?: Partial<VerifyLogOptions>) => async (): Promise<void> => {
    const finding = (await found(files, options)).find(one => one.code === code)
    if (finding !== undefined) throw finding
  }

describe('every code', () => {
  const expectCode = codesRaised(verifyError, [
    // Raised in tamper.test.ts.
    'verify/too-many',
  ])
  const without = (path: string): LogFiles => changed(signed(log), copy => copy.delete(path))
  const moved = (leaves: readonly Uint8Array[]): LogFiles =>
    signed({ ...log, files: withLeaves(log, leaves) }, noteOf(log))
  const placed = (...places: readonly number[]): LogFiles =>
    moved(places.map(i => log.leaves[i] ?? leafAt(1000, 0, i)).concat(log.leaves.slice(places.length)))
  const both = changed(signed(log), copy => {
    flipBit(copy, tileAt(0, 0), 1)
    flipBit(copy, bundleAt(0), 500)
  })
  const flipped = (path: string, bit: number): LogFiles =>
    changed(signed(log), copy => flipBit(copy, path, bit))
  const cases: readonly (readonly [string, LogFiles, Partial<VerifyLogOptions>?])[] = [
    ['verify/no-checkpoint', log.files],
    ['verify/checkpoint-malformed', signed(log, 'no note')],
    ['verify/checkpoint-malformed', changed(log.files, copy => copy.set('checkpoint', Uint8Array.of(0xff)))],
    ['verify/checkpoint-unsigned', signed(log, noteOf(log, [witness]))],
    ['verify/policy-unmet', signed(log), { policy: witnessed }],
    ['verify/bad-kept', signed(log), { against: noteOf(log, [witness]) }],
    ['verify/bad-kept', signed(log), { against: 'no note' }],
    ['verify/rolled-back', signed(log), { against: noteOf(logOf(601)) }],
    ['verify/forked', signed(log), { against: noteOf(rewritten(logOf(300), 2)) }],
    ['verify/tile-missing', without(tileAt(0, 0))],
    ['verify/tile-missing', without(tileAt(1, 0, 2)), { deep: false }],
    ['verify/bundle-missing', without(bundleAt(0))],
    ['verify/root-mismatch', signed(rewritten(log, 3), noteOf(log))],
    ['verify/root-unproven', changed(without(bundleAt(2, 88)), copy => copy.delete(tileAt(0, 2, 88)))],
    ['verify/tile-damaged', flipped(tileAt(0, 1), 9)],
    ['verify/bundle-damaged', changed(signed(log), copy => copy.set(bundleAt(0), Uint8Array.of(9)))],
    ['verify/range-damaged', both],
    ['verify/edited', placed(0, -1)],
    ['verify/deleted', moved(log.leaves.slice(1))],
    ['verify/cut-off', moved(log.leaves.slice(0, -1))],
    ['verify/inserted', moved([leafAt(9, 9, 9), ...log.leaves])],
    ['verify/duplicated', placed(0, 0)],
    ['verify/reordered', placed(1, 2, 3, 0)],
  ]

  it.each(cases.map(([code, files, options = {}]) => ({ code, files, options })))(
    '$code',
    async ({ code, files, options }) => {
      await expectCode(code, raise(code, files, options))
    },
  )

  it('verify/other-log: what was kept is of another log of the same clinic', async () => {
    const other = 'clinic.example/other'
    const keys = [logKey, signerOf(4, other)]
    const options = {
      log: keys.map(({ verifierKey }) => parseVerifierKey(verifierKey)),
      against: noteOf(logOf(3), keys.slice(1), other),
    }
    await expectCode('verify/other-log', raise('verify/other-log', signed(log), options))
  })

  it('verify/kept-unproven: too much is damaged', async () => {
    const options = { against: noteOf(logOf(300)) }
    const files = changed(both, copy => copy.delete(tileAt(1, 0, 2)))
    await expectCode('verify/kept-unproven', raise('verify/kept-unproven', files, options))
    await expectCode(
      'verify/kept-unproven',
      raise('verify/kept-unproven', files, { ...options, deep: false }),
    )
  })

  it('verify/beyond-checkpoint', async () => {
    const ahead = changed(signed(log), copy => copy.set(bundleAt(2), Uint8Array.of()))
    const { notes } = await verifyLog(mapSource(ahead), { log: trusted, rules: numbered })
    await expectCode('verify/beyond-checkpoint', () => {
      throw notes[0]
    })
  })

  it('verify/unreadable ends it: then nothing is known', async () => {
    const failing = { read: () => Promise.reject(verifyError('verify/unreadable', { path: '', reason: '' })) }
    for (const deep of [true, false]) {
      await expectCode('verify/unreadable', () => verifyLog(failing, { log: trusted, rules: numbered, deep }))
      const late = { read: async (path: string) => signed(log).get(path) ?? failing.read() }
      expect(
        await codeOf(() => verifyLog(late, { log: trusted, rules: numbered, deep, against: noteOf(log) })),
      ).toBe('verify/unreadable')
    }
  })
})
