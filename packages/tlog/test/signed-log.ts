/** Logs for tests with checkpoints that are signed, and what a verifier finds in them. */

import { SigningKey } from '@chartseal/core/ed25519'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { buildLog, changed, fixedClock, type LogFiles, type TestLog } from '@chartseal/testkit'
import {
  cosigner,
  ed25519Signer,
  type Finding,
  formatCheckpoint,
  mapSource,
  type NoteSigner,
  parseCosignatureKey,
  parseVerifierKey,
  policyOf,
  signNote,
  type VerifyLogOptions,
  verifyLog,
} from '@chartseal/tlog'
import { leafAt, logOf, numbered, startMs } from './leaves.js'

export const origin = 'clinic.example/audit'
export const signerOf = (byte: number, name = origin): NoteSigner =>
  ed25519Signer(name, new SigningKey(new Uint8Array(32).fill(byte)))
export const logKey = signerOf(1)
export const trusted = [parseVerifierKey(logKey.verifierKey)]

export const noteOf = ({ head }: TestLog, signers: readonly NoteSigner[] = [logKey], name = origin): string =>
  signNote(formatCheckpoint({ origin: name, extensions: [], ...head }), signers)

/** The files with their checkpoint, signed. */
export const signed = (log: TestLog, note = noteOf(log)): LogFiles =>
  changed(log.files, copy => copy.set('checkpoint', encodeUtf8(note)))

/** A witness: here only its key, and a policy that wants its cosignature. */
export const witness = cosigner(
  'witness.example',
  new SigningKey(new Uint8Array(32).fill(2)),
  fixedClock(startMs),
)
export const witnessed = policyOf(
  [],
  [{ name: 'w', verifier: parseCosignatureKey(witness.verifierKey) }],
  1,
  {
    allowWeak: true,
  },
)

export async function found(
  files: LogFiles,
  options: Partial<VerifyLogOptions> = {},
): Promise<readonly Finding[]> {
  return (await verifyLog(mapSource(files), { log: trusted, rules: numbered, ...options })).findings
}

export const codes = async (
  files: LogFiles,
  options?: Partial<VerifyLogOptions>,
): Promise<readonly string[]> => (await found(files, options)).map(({ code }) => code)

/** The log with leaf `i` edited, everything else made anew: what a stolen key can do. */
export const rewritten = (log: TestLog, i: number): TestLog =>
  buildLog(log.leaves.map((leaf, j) => (i === j ? leafAt(i, startMs + i, 9) : leaf)))

export const log = logOf(600)
