/** The audit log that the demo keeps of itself while the story goes on, and its witnesses. */
import { join } from 'node:path'
import type { AuditAction, AuditRecord } from '@chartseal/audit'
import { type AuditFolder, createAuditFolder, openAuditFolder } from '@chartseal/clinic/fs/audit'
import { SigningKey } from '@chartseal/core/ed25519'
import { memoryKeyValue } from '@chartseal/core/memory'
import {
  cosignBy,
  cosigner,
  createWitness,
  type ForkEvidence,
  type Policy,
  parseCosignatureKey,
  parseVerifierKey,
  policyOf,
  type Trust,
  type Witness,
} from '@chartseal/tlog'
import { shownName } from './words.js'
import type { World } from './world.js'

const origin = 'demo.example/audit'
const source = 'Device/demo'
const idBytes = 16
/** Three of four: two quorums have two in common, so one may lie. */
const quorum = { witnesses: 4, threshold: 3 }

/** A witness of another clinic, and what it kept of logs that lied. */
export interface Neighbour {
  readonly name: string
  readonly witness: Witness
  readonly evidence: readonly ForkEvidence[]
}

export interface Trail {
  /** The folder of the log, as `chartseal audit` has it. */
  readonly folder: string
  /** What an outsider trusts: the key of the log, and the witnesses. */
  readonly trust: Trust & { readonly policy: Policy }
  readonly neighbours: readonly Neighbour[]
  /** What was asked to be written, in order. */
  readonly records: readonly AuditRecord[]
  record(actor: string, what: string, patientId: string, action?: AuditAction): Promise<void>
  /** Publishes and gives the log back; a second call does nothing. */
  close(): Promise<void>
  /** Destroys the key of a patient, once the log was given back. */
  forget(patient: string): Promise<void>
}

/** Each event is durable, sealed under a key of its patient, before the story goes on. */
export async function openTrail(world: World): Promise<Trail> {
  const { io } = world
  const folder = join(world.folder, 'audit')
  const { verifierKey } = await createAuditFolder({ folder, origin, ...io })
  const log = parseVerifierKey(verifierKey)
  const { policy, neighbours } = neighbourhood(world, verifierKey)
  const wayTo = ({ name }: { readonly name: string }) => {
    const witness = neighbours.find(neighbour => neighbour.name === name)?.witness
    return witness === undefined ? null : (body: string) => witness.addCheckpoint(body)
  }
  const opened = (): Promise<AuditFolder> =>
    openAuditFolder({ folder, ...io }, { cosign: cosignBy(policy, wayTo) })
  let open: AuditFolder | null = await opened()
  const records: AuditRecord[] = []
  return {
    folder,
    trust: { log, policy },
    neighbours,
    records,
    async record(actor, what, patientId, action = 'update') {
      const record = recordOf(io.clock.nowMs(), actor, what, patientId, action)
      records.push(record)
      await open?.writer.append({ id: io.random.bytes(idBytes), record })
    },
    async close() {
      const closing = open
      open = null
      await closing?.close()
    },
    async forget(patient) {
      const log = await opened()
      await log.shred(patient, 'Dr. Okafor').finally(() => log.close())
    },
  }
}

function recordOf(
  at: number,
  actor: string,
  text: string,
  patientId: string,
  action: AuditAction,
): AuditRecord {
  const purpose = action === 'break-glass-start' || action === 'break-glass-end' ? 'BTG' : 'TREAT'
  const what = {
    action,
    patient: `Patient/${patientId}`,
    outcome: 'success',
    purposeOfUse: [purpose],
  } as const
  return { at, actor: shownName(actor), source, detail: { text }, ...what }
}

function neighbourhood(
  { io }: World,
  verifierKey: string,
): { readonly policy: Policy; readonly neighbours: readonly Neighbour[] } {
  const log = parseVerifierKey(verifierKey)
  const made = Array.from({ length: quorum.witnesses }, (_, i) => {
    const evidence: ForkEvidence[] = []
    const signer = cosigner(`witness.example/w${i + 1}`, SigningKey.generate(io.random), io.clock)
    const onFork = (found: ForkEvidence): void => void evidence.push(found)
    const witness = createWitness({ signer, logs: [log], store: memoryKeyValue(), onFork })
    return { name: `w${i + 1}`, verifier: parseCosignatureKey(signer.verifierKey), witness, evidence }
  })
  return { policy: policyOf([{ verifier: log }], made, quorum.threshold), neighbours: made }
}
