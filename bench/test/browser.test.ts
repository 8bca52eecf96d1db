/** The page's judge, and the judge of the page: a check that could not fail would prove nothing. */
import { coreError } from '@chartseal/core/errors'
import { describe, expect, it } from 'vitest'
import { Tally } from '../browser/tally.js'
import { findingsOf, linesOf, type PageResult, type SeenPage } from '../dist/page/findings.js'

describe('a tally', () => {
  it('counts what holds and names what does not', async () => {
    const tally = new Tally()
    tally.same('bytes', Uint8Array.of(1, 2), Uint8Array.of(1, 2))
    tally.same('other bytes', Uint8Array.of(1, 2), Uint8Array.of(1, 3))
    tally.holds('truth', false)
    await tally.passes('a case', () => undefined)
    await tally.passes('a broken case', () => Promise.reject(new Error('no')))
    await tally.refuses('a refusal', 'open/failed', () => {
      throw coreError('open/failed', {})
    })
    await tally.refuses('no refusal', 'open/failed', () => undefined)
    expect(tally.result('all')).toMatchObject({
      name: 'all',
      passed: 3,
      failures: [
        'other bytes: 2 bytes instead of 2 bytes',
        'truth: false instead of true',
        'a broken case: Error: no',
        'no refusal: accepted instead of open/failed',
      ],
    })
  })
})

describe('the answer of a page', () => {
  const good = { name: 'vectors', passed: 5, failures: [], notes: ['1 files, 5 cases'], seconds: 1 }
  const rate = { median: 2, min: 1, max: 3 }
  const row = { name: 'someone', cpu: rate, wall: rate }
  const figure = { id: 'x', title: 'X', unit: 'MB/s', samples: 1, rows: [row, row], skipped: [] }
  const whole = { situation: 'isolated', checks: [good], figures: [figure], broken: null }

  const seen = (changes: Partial<PageResult>, complaints: readonly string[] = [], bars = 2): SeenPage => ({
    result: { ...whole, ...changes },
    complaints,
    bars,
  })
  const judge = (...args: Parameters<typeof seen>): readonly string[] =>
    findingsOf('isolated', seen(...args), '1 files, 5 cases')

  it('has no finding when all of it holds', () => {
    expect(judge({})).toEqual([])
    expect(linesOf(seen({}).result)).toEqual([
      'isolated: vectors: 5 hold, 0 do not; 1 files, 5 cases',
      'isolated: figures: 1 tables drawn',
    ])
  })

  it.each([
    [{ broken: 'Error: x' }, 'the page stopped: Error: x'],
    [{ checks: [] }, 'no check ran'],
    [{ checks: [{ ...good, passed: 0 }] }, 'vectors: nothing was checked'],
    [{ checks: [{ ...good, failures: ['one'] }] }, 'vectors: one'],
    [{ checks: [{ ...good, notes: ['1 files, 4 cases'] }] }, 'vectors: not all of 1 files, 5 cases'],
  ])('with %j is refused', (changes, finding) => {
    expect(judge(changes)).toEqual([`isolated: ${finding}`])
  })

  it('is refused for bars that are missing and for what the console says', () => {
    expect(judge({ figures: [] }, [], 0)).toEqual(['isolated: no figure was drawn'])
    expect(judge({}, [], 1)).toEqual(['isolated: 1 bars for 2 rows'])
    expect(judge({}, ['Uncaught'])).toEqual(['isolated: Uncaught'])
  })

  it('may say that workers are forbidden where they are', () => {
    const refusal = `Creating a worker from 'x' violates the following directive: "worker-src 'none'".`
    expect(findingsOf('no-workers', seen({}, [refusal, 'other']), '1 files, 5 cases')).toEqual([
      'no-workers: other',
    ])
    expect(judge({}, [refusal])).toEqual([`isolated: ${refusal}`])
  })
})
