/** Runners of the vector files of this package; see `@chartseal/core/vectors`. */
import { concat } from '@chartseal/core/bytes'
import type { Engine } from '@chartseal/core/engine'
import type { JsonObject } from '@chartseal/core/json'
import { agree, type CaseRunner, type VectorRunners, verdictOf } from '@chartseal/core/vectors'
import { inverse } from './field.js'
import { subsetsOf } from './subsets.js'
import { combine, legacyCombine, maxShares, type Share, split } from './v1.js'
import { drills } from './vectors/drills.js'
import { refreshes } from './vectors/messages.js'
import { envelopes } from './vectors/shares.js'

/** Every subset of `threshold` shares gives the secret; a threshold of 1 does so in lenient mode only. */
const recover: CaseRunner = async (testCase, { engine }) => {
  const secret = testCase.hex('secret')
  const shares = sharesOf(testCase)
  const threshold = testCase.count('threshold')
  const weak = threshold < 2
  for (const subset of subsetsOf(shares, Math.max(threshold, 1))) {
    if (subset.some(isOutOfRange)) await refuse(subset, engine)
    else if (weak) agree('the secret', legacyCombine(subset, { engine }), secret)
    else agree('the secret', combine(subset, { threshold, engine }), secret)
  }
  agreeWithSeed(testCase, shares, engine)
  if (weak) await refuse(shares.slice(0, 1), engine)
  else await recoverAround(secret, shares, threshold, engine)
}

/** One share too few is refused, all shares at once agree, and so do shares of our own making. */
async function recoverAround(
  secret: Uint8Array,
  shares: readonly Share[],
  threshold: number,
  engine: Engine,
): Promise<void> {
  const numShares = shares.length
  if (numShares < threshold || shares.some(isOutOfRange)) return
  const tooFew = (): Uint8Array => combine(shares.slice(1, threshold), { threshold, engine })
  agree('the verdict on too few shares', await verdictOf(tooFew), 'reject')
  agree('the secret of all shares', combine(shares, { threshold, engine }), secret)
  const own = split(secret, { threshold, numShares, engine })
  agree('the secret of our own shares', combine(own, { threshold, engine }), secret)
}

function isOutOfRange({ x }: Share): boolean {
  return x < 1 || x > maxShares
}

async function refuse(shares: readonly Share[], engine: Engine): Promise<void> {
  agree('the strict verdict', await verdictOf(() => combine(shares, { engine })), 'reject')
}

/** The recovery of the seed is right for few subsets; there ours gives the same. */
function agreeWithSeed(testCase: JsonObject, shares: readonly Share[], engine: Engine): void {
  const recorded = testCase.has('seed_recover') ? testCase.objects('seed_recover') : []
  for (const row of recorded.filter(row => row.boolean('correct'))) {
    const xs = row.integers('xs').map(Number)
    const subset = shares.filter(({ x }) => xs.includes(x))
    agree('the recovery of the seed', legacyCombine(subset, { engine }), row.hex('result'))
  }
}

function sharesOf(testCase: JsonObject): readonly Share[] {
  return testCase.objects('shares').map(share => ({ x: share.count('x'), y: share.hex('y') }))
}

/** The products of the field through the engine, and the inverses that recovery uses. */
const field: CaseRunner = (testCase, { engine }) => {
  const rows = Array.from({ length: 256 }, (_, factor) => productRow(factor, engine))
  if (testCase.has('product_table_sha256')) {
    agree('the product table', engine.sha256(concat(...rows)), testCase.hex('product_table_sha256'))
  }
  for (const key of testCase.keys.filter(key => /^row_[0-9a-f]{2}$/.test(key))) {
    agree(key, rows[Number.parseInt(key.slice(4), 16)], testCase.hex(key))
  }
  if (testCase.has('inverse_table')) agreeOnInverses(testCase.hex('inverse_table'), rows)
}

function productRow(factor: number, engine: Engine): Uint8Array {
  const row = new Uint8Array(256)
  engine.gfMultiplyAccumulate(row, everyByte, factor)
  return row
}

const everyByte = Uint8Array.from({ length: 256 }, (_, value) => value)

/** Entry 0 is unused: zero has no inverse. */
function agreeOnInverses(expected: Uint8Array, rows: readonly Uint8Array[]): void {
  agree('the size of the inverse table', expected.length, 256)
  for (let x = 1; x < 256; x++) {
    agree(`the inverse of ${x}`, inverse(x), expected[x])
    agree(`the product of ${x} and its inverse`, rows[x]?.[inverse(x)], 1)
  }
}

export { subsetsOf }

export const runners: VectorRunners = {
  'medcrypt-shamir': recover,
  'medcrypt-gf256': field,
  'shares-v2': envelopes,
  'share-messages-v2': refreshes,
  'share-drills-v3': drills,
}

export { slip39Format } from './vectors/slip39.js'
