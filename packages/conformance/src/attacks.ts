/**
 * What was published, broken; and the same attempts on version 2, refused. Each attack names its entries of
 * docs/errata.md; the drawings are in docs/attacks.md.
 */

import type { Attack } from './attacks/attack.js'
import { droppedEntries } from './attacks/audit.js'
import { blockSliding, parallelMiner } from './attacks/blocks.js'
import {
  blockSomebody,
  changedMessage,
  gluedFrames,
  passiveListener,
  takeover,
} from './attacks/conference.js'
import { forgedPackage, twoRecords } from './attacks/envelopes.js'
import { laxWire, replay, shredding } from './attacks/messages.js'
import { share256, wrongRecovery } from './attacks/shares.js'
import { secondIdentity, secondSigner } from './attacks/signers.js'

export { type Attack, type RanAttack, runAttack, type ToldLine, type Version } from './attacks/attack.js'

/** In the order of the errata. */
export const attacks: readonly Attack[] = [
  wrongRecovery,
  share256,
  shredding,
  replay,
  laxWire,
  droppedEntries,
  passiveListener,
  takeover,
  changedMessage,
  gluedFrames,
  blockSomebody,
  parallelMiner,
  blockSliding,
  secondSigner,
  secondIdentity,
  forgedPackage,
  twoRecords,
]
