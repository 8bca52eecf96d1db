/** Taking over the lines of an older log, which proves nothing about itself. Byte table: docs/spec/audit-verify.md. */
import { CborFields } from '@chartseal/core/cbor'
import { encodeCbor } from '@chartseal/core/encoding'
import { defaultEngine, type Engine } from '@chartseal/core/engine'
import { emptyTree, extend, leafHash, type Tree, treeRoot } from '@chartseal/core/merkle'
import { hashBytes } from '@chartseal/tlog'
import { sha256 } from '@noble/hashes/sha2.js'
import type { AuditRecord, Imported } from './record.js'

/**
 * What is imported: the leaves after the notice are these lines, in this order. Nothing before the import is proven
 * by it: neither that the lines were all there, nor their order, nor their times.
 */
export interface ImportNotice {
  /** Of the lines, such as `chartseal/audit/v1`. */
  readonly format: string
  readonly count: number
  /** RFC 9162 root over the lines, 32 bytes. */
  readonly root: Uint8Array
}

const completeness = 'unproven'
const fields = ['before', 'count', 'format', 'root']

/** The notice for these lines. */
export function importNotice(
  format: string,
  lines: Iterable<Uint8Array>,
  engine: Engine = defaultEngine(),
): ImportNotice {
  let tree: Tree = emptyTree
  for (const line of lines) tree = extend(tree, leafHash(line, engine), engine)
  return { format, count: tree.size, root: treeRoot(tree, engine) }
}

/** The notice as a line: it stands in an imported leaf, too, before those that it names. */
export function encodeImportNotice({ format, count, root }: ImportNotice): Uint8Array {
  if (root.length !== hashBytes) throw new RangeError(`a root has ${hashBytes} bytes`)
  return encodeCbor({ before: completeness, count, format, root })
}

/** @throws ChartsealError `encoding/invalid`, `cbor/invalid` */
export function decodeImportNotice(line: Uint8Array): ImportNotice {
  const map = CborFields.decode(line, fields)
  // A text is no count: the accessor refuses the field by its name.
  if (map.text('before') !== completeness) map.count('before')
  return { format: map.text('format'), count: map.count('count'), root: map.bytes('root', hashBytes) }
}

const lineFeed = Uint8Array.of(10)

/** What the record of an import says of these lines, each of which becomes an opaque leaf. */
export function importedLines(format: string, lines: Iterable<Uint8Array>): Imported {
  const digest = sha256.create()
  let records = 0
  for (const line of lines) {
    digest.update(line).update(lineFeed)
    records++
  }
  return { format, records, sha256: digest.digest() }
}

/**
 * The record that follows the imported leaves: what was taken over, and that nothing proves that it was complete or
 * unchanged before.
 */
export function importRecord(
  when: { readonly at: number; readonly actor: string; readonly source: string },
  imported: Imported,
): AuditRecord {
  const { at, actor, source } = when
  return {
    at,
    actor,
    source,
    action: 'import',
    patient: null,
    outcome: 'success',
    purposeOfUse: ['RECORDMGT'],
    detail: { text: 'Completeness and integrity before this import cannot be proven.', imported },
  }
}
