/**
 * `node scripts/vectors/ledger-bundles.mjs` on Node 24, which runs the world of the tests as it stands: makes
 * vectors/own/ledger-bundles-v2.json again. With `--check` it writes nothing, and fails unless the file holds just that.
 */
import { registerHooks } from 'node:module'
import { encodeHex } from '../../packages/core/dist/encoding.js'
import {
  anchorOf,
  checkBundle,
  decodeBundle,
  encodeAnchor,
  encodeBundle,
  makeBundle,
  recordProof,
} from '../../packages/emr-ledger/dist/index.js'
import { freeze } from './frozen.mjs'

// A test names what a file becomes.
registerHooks({
  resolve(specifier, context, next) {
    const isOfTests = /\/test\/[^/]+\.ts$/.test(context.parentURL ?? '') && specifier.startsWith('./')
    return next(isOfTests ? specifier.replace(/\.js$/, '.ts') : specifier, context)
  },
})
const { board, deputy, doctor, LightWorld, people, pharmacist, poaRule, rules, tell, tlogRule } =
  await import('../../packages/emr-ledger/test/v2-light-world.ts')
const { bytes32, Person, rosterOf } = await import('../../packages/emr-ledger/test/v2-world.ts')

const cases = []
const ruleOf = ({ genesis }) => genesis.seal.kind
const flipped = (bytes, at) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte))

/** What becomes of a bundle with another byte at each of these places. */
const flips = (world, anchor, bundle) =>
  Array.from({ length: Math.ceil(bundle.length / 100) }, (_, i) => 20 + 100 * i)
    .filter(at => at < bundle.length)
    .map(at => ({ at, code: refusalOf(world, anchor, flipped(bundle, at), world.now) }))

function taken(name, world, anchor, bundle, more = {}) {
  const checked = checkBundle(anchor, bundle, { nowSeconds: world.now })
  const { head, finality, asOf, prescription, signer, record } = checked
  const { txid, state, changes, isComplete } = prescription ?? {}
  cases.push({
    ...{ name, rule: ruleOf(world), anchor: encodeHex(encodeAnchor(anchor)), now: Number(world.now) },
    ...{ bundle: encodeHex(bundle), height: Number(head.height), id: encodeHex(head.id) },
    ...{
      final: finality.kind === 'final',
      as_of: Number(asOf),
      next_anchor: encodeHex(encodeAnchor(checked.anchor)),
    },
    ...(finality.kind === 'final' ? {} : { depth: finality.depth }),
    ...(prescription === null
      ? {}
      : {
          prescription: encodeHex(txid),
          status: state?.status ?? null,
          dispensed: state?.dispensed ?? null,
          changes: changes.map(change => encodeHex(change.txid)),
          changes_are_all: isComplete,
        }),
    ...(signer === null ? {} : { signer: encodeHex(signer.kid), next_seq: Number(signer.nextSeq) }),
    ...(record === null ? {} : { record: encodeHex(record.txid) }),
    ...more,
  })
  return checked.anchor
}

function refusalOf(world, anchor, bundle, nowSeconds) {
  try {
    checkBundle(anchor, bundle, { nowSeconds })
  } catch (error) {
    return error.code
  }
  throw new Error(`a bundle of ${ruleOf(world)} is taken`)
}

function refused(name, world, anchor, bundle, nowSeconds = world.now) {
  const code = refusalOf(world, anchor, bundle, nowSeconds)
  cases.push({
    ...{ name, rule: ruleOf(world), anchor: encodeHex(encodeAnchor(anchor)), now: Number(nowSeconds) },
    ...{ bundle: encodeHex(bundle), refused: code },
  })
}

/** With what gives a bundle of it. */
async function toldUnder(rule) {
  const story = await tell(rule)
  const { world, prescription } = story
  const asked = { prescription: prescription.txid, signer: pharmacist.kid, roster: 1n }
  return { ...story, bundleFrom: from => makeBundle(world.source(), { ...asked, from }) }
}

const withParts = (bundle, change) => encodeBundle({ ...decodeBundle(bundle), ...change })

for (const rule of rules) {
  const { world, anchor, bundleFrom } = await toldUnder(rule)
  const bundle = await bundleFrom(0n)
  // Whoever mines may put other headers on top.
  const changed = rule.kind === 'pow' ? {} : { flipped: flips(world, anchor, bundle) }
  const known = taken('dispensed in two parts', world, anchor, bundle, changed)
  const nothing = await makeBundle(world.source(), { prescription: bytes32(77), from: 0n })
  taken('no such prescription', world, anchor, nothing)
  if (rule.kind !== 'pow') {
    await world.grow()
    taken('from what was proven before', world, known, await bundleFrom(known.height))
  }
  refused('cut', world, anchor, bundle.subarray(0, -1))
  refused('longer', world, anchor, Uint8Array.from([...bundle, 0]))
}

const told = await toldUnder(tlogRule)
{
  const { world, scribe, prescription, first, second, anchor, bundleFrom } = told
  const old = await bundleFrom(0n)
  refused('more than two hours ahead', world, anchor, old, world.now - 8_000n)
  const [newest, oldest] = [second.claimsBytes, first.claimsBytes]
  taken('the newest change alone', world, anchor, withParts(old, { changes: [newest] }))
  refused('without the newest change', world, anchor, withParts(old, { changes: [oldest] }))
  refused('a change twice', world, anchor, withParts(old, { changes: [newest, newest] }))
  refused('changes of nothing', world, anchor, withParts(old, { prescription: null }))
  refused('a change that is none', world, anchor, withParts(old, { changes: [prescription.claimsBytes] }))
  refused('without its evidence', world, anchor, withParts(old, { evidence: [new Uint8Array(0)] }))
  const record = scribe.prescribe(doctor)
  const block = await world.grow(record)
  const claimed = { bytes: record.bytes, path: recordProof(block, 0) }
  taken(
    'a record of the head',
    world,
    anchor,
    await makeBundle(world.source(), { record: claimed, from: 0n }),
  )
  const wrong = { bytes: first.bytes, path: recordProof(block, 0) }
  refused(
    'a record of another block',
    world,
    anchor,
    await makeBundle(world.source(), { record: wrong, from: 0n }),
  )
  const newer = checkBundle(anchor, await bundleFrom(0n), { nowSeconds: world.now }).anchor
  refused('older than what is known', world, newer, old)
  refused(
    'another history',
    world,
    { ...newer, id: bytes32(1), trust: { ...newer.trust, id: bytes32(1) } },
    await bundleFrom(0n),
  )
  const other = await LightWorld.of({ ...tlogRule, quorum: 1 })
  refused('of another ledger', world, anchorOf(other.genesisBytes), old)
  await world.grow(scribe.roster(board, rosterOf([...people, new Person(50, ['prescriber'])], 2n)))
  const moved = await bundleFrom(newer.height)
  taken('a new roster', world, newer, moved)
  refused('a new roster that is not told', world, newer, withParts(moved, { roster: null }))
}
{
  const world = await LightWorld.of(poaRule)
  const anchor = anchorOf(world.genesisBytes)
  taken('block 0', world, anchor, await makeBundle(world.source(), { prescription: bytes32(7), from: 0n }))
}
{
  const { world, scribe, anchor } = await tell(poaRule)
  await world.grow(scribe.roster(board, rosterOf([...people, deputy], 2n)))
  for (let i = 0; i < 6; i++) await world.grow()
  const bundle = await makeBundle(world.source(), { from: 0n })
  taken('through a change of the sealers', world, anchor, bundle)
  const { evidence } = decodeBundle(bundle)
  refused('past a change of the sealers', world, anchor, withParts(bundle, { evidence: evidence.slice(-1) }))
}

freeze(
  'ledger-bundles-v2',
  'proof bundles of the prescription ledger under each seal, and what a light client makes of them, docs/spec/ledger-v2.md; node scripts/vectors/ledger-bundles.mjs on Node 24 makes it again',
  cases,
)
