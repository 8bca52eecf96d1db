/** Evidence of forks in a folder, a file each: what a witness or a signer keeps of those that asked it for two histories. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { attempt, replaceFile } from '@chartseal/core/files'
import type { Random } from '@chartseal/core/ports'
import { sha256 } from '@noble/hashes/sha2.js'
import { parseCheckpoint } from '../checkpoint.js'
import { type ForkEvidence, formatForkEvidence } from '../evidence.js'
import { parseNote } from '../note.js'
import { nodeFolderSystem } from './folder-system.js'

/** One is enough to prove it; whoever makes forks without end fills no disk. */
const mostOfOneLog = 8
const nameForm = /^fork-[0-9a-f]{16}\.txt$/

/**
 * Keeps it as `fork-<16 hex>.txt`, durable when it resolves; the path, or `null` where the folder has it, or has enough of that log.
 * @throws ChartsealError `files/failed`; `note/…`, `checkpoint/malformed` for what is no evidence
 */
export async function keepForkEvidence(
  folder: string,
  evidence: ForkEvidence,
  random: Random,
): Promise<string | null> {
  const text = formatForkEvidence(evidence)
  const { origin } = parseCheckpoint(parseNote(evidence.first).text)
  const name = `fork-${encodeHex(sha256(encodeUtf8(text)).subarray(0, 8))}.txt`
  const kept = (await attempt('list', () => nodeFolderSystem.list(folder))).filter(one => nameForm.test(one))
  if (kept.includes(name)) return null
  const texts = await Promise.all(
    kept.map(one => attempt('read', () => readFile(join(folder, one), 'utf8'), one)),
  )
  if (texts.filter(one => one.includes(`\n1 ${origin}\n`)).length >= mostOfOneLog) return null
  await replaceFile(join(folder, name), encodeUtf8(text), { random })
  return join(folder, name)
}
