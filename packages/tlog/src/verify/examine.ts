/** A log's files against the head that was signed. */
import { defaultEngine, type Engine } from '@chartseal/core/engine'
import { ChartsealError } from '@chartseal/core/errors'
import { sameBytes, TreeHasher } from '../hashing.js'
import type { LeafRules } from '../leaf-rules.js'
import { rootAt } from '../reader/proofs.js'
import type { TileSource } from '../reader/source.js'
import { readTile, type TreeHead } from '../reader/tree.js'
import { bundlesOf, edgeTiles, hashBytes, tileWidth } from '../tiles.js'
import { type Finding, type TreeFinding, verifyError } from '../verify-errors.js'
import type { Ranges } from './collect.js'
import { type Means, placeBySeq, placeByTree } from './place-leaves.js'
import { type LeafFinding, type ScanResult, scanLog } from './scan.js'
import { repairedSource, Trust, type TrustedTiles } from './trust.js'

export interface VerifyTreeOptions {
  /** What leaves must be; `opaqueLeaves` where nothing is known of them, and only the tree says where they belong. */
  readonly rules: LeafRules
  readonly engine?: Engine
  /** A head of earlier days, from which this one must have grown. */
  readonly kept?: TreeHead | null
  /** Called with what the rules of the leaves note of a healthy log, too: at most a thousand times. */
  readonly onNote?: ((note: Finding) => void) | undefined
  /** Called with the number of leaves that were read. */
  readonly onProgress?: ((leaves: number) => void) | undefined
}

/**
 * Compares every leaf, every tile and the root with a head that is trusted already, and says what is wrong and where;
 * also whether the tree grew from the kept one. Signatures are `verifyLog`'s.
 * @throws ChartsealError `verify/unreadable` when the source fails: then nothing is known
 */
export async function verifyTree(
  source: TileSource,
  head: TreeHead,
  { rules, engine = defaultEngine(), kept = null, onNote, onProgress }: VerifyTreeOptions,
): Promise<readonly Finding[]> {
  const prefix = kept !== null && kept.size <= head.size ? kept.size : null
  const scan = await scanLog(source, head.size, { engine, rules, prefix, onNote, onProgress })
  const damaged = await damage(source, head, scan, { engine, rules })
  const found = [...damaged, ...(await leafFindings(source, head.size, scan, damaged, rules))]
  if (kept === null) return found
  // Leaves that are not those that were signed say nothing of what was signed.
  const prefixRoot = isSigned(scan, head) ? scan.prefixRoot : null
  return [...found, ...(await growth(source, head, kept, engine, prefixRoot))]
}

async function damage(
  source: TileSource,
  head: TreeHead,
  scan: ScanResult,
  means: Means,
): Promise<readonly TreeFinding[]> {
  const { levels, suspects, stoppedAt, gaveUpAt } = scan
  if (gaveUpAt !== null) return givenUp(head, scan, gaveUpAt)
  if (stoppedAt !== null) return await unproven(source, head, scan, means)
  const isWhole = suspects.count === 0 && levels.differences === 0 && levels.findings.list().length === 0
  if (isWhole && isSigned(scan, head)) return []
  const found = [...levels.findings.list(), ...(await differences(source, head, scan, means))]
  // Whatever cannot be named is a finding all the same.
  return found.length > 0 ? found : [verifyError('verify/root-unproven', { size: head.size })]
}

/** So much is wrong that nothing more is compared. */
function givenUp({ size }: TreeHead, { levels }: ScanResult, place: number): readonly TreeFinding[] {
  const rootUnproven = verifyError('verify/root-unproven', { size })
  return [rootUnproven, ...levels.findings.list(), verifyError('verify/too-many', { place })]
}

const isSigned = ({ root }: ScanResult, head: TreeHead): boolean =>
  root !== null && sameBytes(root, head.root)

/** What differs, compared with the signed tree; where nothing fits that, with the tree of the tiles. */
async function differences(
  source: TileSource,
  head: TreeHead,
  scan: ScanResult,
  means: Means,
): Promise<readonly TreeFinding[]> {
  const trust = new Trust(source, head, scan, means.engine)
  const edge = await trust.edge()
  if (edge === 'unknown') return await unproven(source, head, scan, means)
  if (edge !== 'mismatch') return await below(source, head, trust, edge, means)
  const mismatch = verifyError('verify/root-mismatch', { size: head.size })
  const own = await storedHead(source, head.size, means.engine)
  if (own === null || sameBytes(own.root, head.root)) return [mismatch]
  const second = new Trust(source, own, scan, means.engine)
  const ownEdge = await second.edge()
  return typeof ownEdge === 'string'
    ? [mismatch]
    : [mismatch, ...(await below(source, own, second, ownEdge, means))]
}

/** Nothing can be compared with the root: only what is missing is told. */
async function unproven(
  source: TileSource,
  head: TreeHead,
  scan: ScanResult,
  means: Means,
): Promise<readonly TreeFinding[]> {
  const { size } = head
  const end = scan.stoppedAt ?? size
  const missing =
    scan.stoppedAt === null
      ? []
      : scan.levels.findings.list().filter(({ context }) => 'last' in context && context.last < end)
  const placed = await placeByTree(source, { ...head, size: end }, unknown(scan, end), source, means)
  const rest = end === size ? [] : [verifyError('verify/cut-off', { index: end, count: size - end })]
  return [verifyError('verify/root-unproven', { size }), ...missing, ...placed, ...rest]
}

async function below(
  source: TileSource,
  head: TreeHead,
  trust: Trust,
  edge: readonly Uint8Array[],
  means: Means,
): Promise<readonly TreeFinding[]> {
  const repaired = repairedSource(source, trust.repaired)
  const placed = await placeByTree(source, head, trust.tilesBelow(edge), repaired, means)
  return [...trust.findings.list(), ...placed]
}

/** The tree whose edge is stored, signed or not. */
async function storedHead(source: TileSource, size: number, engine: Engine): Promise<TreeHead | null> {
  const edges: Uint8Array[] = []
  for (const tile of edgeTiles(size)) {
    const hashes = await readTile(source, tile)
    if (hashes === null || hashes.length !== tile.width * hashBytes) return null
    edges.push(hashes)
  }
  return { size, root: new TreeHasher(engine).rootOfEdges(edges) }
}

async function* unknown({ suspects, absent }: ScanResult, size: number): AsyncGenerator<TrustedTiles> {
  const count = bundlesOf(size)
  for (const range of suspects) {
    for (let index = range.from; index < Math.min(range.to, count); ) {
      const gap = absent.rangeAt(index)
      const end = Math.min(gap?.to ?? index + 1, range.to, count)
      const leaves = { from: index * tileWidth, to: Math.min(end * tileWidth, size) }
      yield { ...leaves, hashes: null, isAbsent: gap !== undefined }
      index = end
    }
  }
}

/** What leaves say of themselves counts where their bundle is the one that was hashed. */
async function leafFindings(
  source: TileSource,
  size: number,
  scan: ScanResult,
  damaged: readonly TreeFinding[],
  rules: LeafRules,
): Promise<readonly Finding[]> {
  const { suspects, misnumbered, leafFindingsEnd } = scan
  const isSound = (bundle: number): boolean => !suspects.touches(bundle, bundle + 1)
  const isTold = ({ index }: LeafFinding): boolean => {
    const bundle = Math.floor(index / tileWidth)
    const isInOrder = isSound(bundle) && !misnumbered.touches(bundle, bundle + 1)
    return isInOrder && !damaged.some(finding => covers(finding, index))
  }
  const sound = indices(misnumbered, isSound)
  const placed = misnumbered.count === 0 ? [] : await placeBySeq(source, size, sound, rules)
  const told = scan.leafFindings.filter(isTold).map(({ finding }) => finding)
  const more = leafFindingsEnd === null ? [] : [verifyError('verify/too-many', { place: leafFindingsEnd })]
  return [...placed, ...told, ...more]
}

function* indices(ranges: Ranges, isWanted: (index: number) => boolean): Generator<number> {
  for (const { from, to } of ranges) {
    for (let index = from; index < to; index++) if (isWanted(index)) yield index
  }
}

function covers({ code, context }: TreeFinding, index: number): boolean {
  return (
    code === 'verify/range-damaged' && 'from' in context && context.from <= index && index <= context.last
  )
}

/**
 * Whether the tree grew from the kept one.
 * @param prefixRoot of the leaves themselves, where it is known; tiles are asked where it is another one
 */
export async function growth(
  source: TileSource,
  head: TreeHead,
  kept: TreeHead,
  engine: Engine,
  prefixRoot: Uint8Array | null,
): Promise<readonly TreeFinding[]> {
  const context = { size: head.size, kept: kept.size }
  if (kept.size > head.size) return [verifyError('verify/rolled-back', context)]
  if (kept.size === head.size) {
    return sameBytes(kept.root, head.root) ? [] : [verifyError('verify/forked', context)]
  }
  if (prefixRoot !== null && sameBytes(prefixRoot, kept.root)) return []
  try {
    const root = await rootAt(source, kept.size, head, { engine })
    return sameBytes(root, kept.root) ? [] : [verifyError('verify/forked', context)]
  } catch (error) {
    if (!(error instanceof ChartsealError) || error.code === 'verify/unreadable') throw error
    return [verifyError('verify/kept-unproven', context)]
  }
}
