/** State, events and effects of a patient: values only. */
import type { AeadKey, SecretBytes } from '@chartseal/core/keys'
import type { EncryptionKeyPair, SigningKeyPair } from '../elgamal.js'
import type { Fingerprint, ParticipantId } from './parse-ids.js'
import type { Parties, Transfer } from './transcript.js'

export interface PatientSettings {
  readonly id: ParticipantId
  readonly key: SigningKeyPair
  readonly idDoctor: ParticipantId
  /** The pinned key of the doctor. */
  readonly fingerprintDoctor: Fingerprint
  readonly handshakeTimeoutMs: number
}

interface Started {
  readonly settings: PatientSettings
  readonly sinceMs: number
}

export type PatientState =
  | { readonly phase: 'idle'; readonly settings: PatientSettings }
  | (Started & { readonly phase: 'greeting'; readonly pair: EncryptionKeyPair })
  | (Started & {
      readonly phase: 'asking'
      readonly pair: EncryptionKeyPair
      readonly parties: Parties
      readonly secret: bigint
      readonly request: Transfer
      readonly requestHash: Uint8Array
    })
  | (Started & {
      readonly phase: 'member'
      readonly sessionKey: AeadKey
      /** 0: authenticated, no group key yet. */
      readonly epoch: number
      /** `null`: none yet, or its one broadcast was read. */
      readonly groupKey: AeadKey | null
    })
  | { readonly phase: 'ended'; readonly settings: PatientSettings; readonly reason: string }

export type PatientEvent =
  | { readonly kind: 'start' }
  /** The body of one frame. */
  | { readonly kind: 'received'; readonly body: Uint8Array }
  | { readonly kind: 'leave' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'tick' }

export type PatientEffect =
  | { readonly kind: 'send'; readonly bytes: Uint8Array }
  | { readonly kind: 'close' }
  /** No state to come uses this secret. */
  | { readonly kind: 'wipe'; readonly secret: SecretBytes }
  | { readonly kind: 'joined' }
  | { readonly kind: 'group-key'; readonly epoch: number }
  /** Opcode 50 of the seed: show this. */
  | { readonly kind: 'message'; readonly epoch: number; readonly text: string }
  /** A frame that did not open, or came again. */
  | { readonly kind: 'ignored'; readonly reason: 'old-epoch' | 'open/failed' }
  /** `text` is what the doctor's last frame said; anyone on the way could have written it. */
  | { readonly kind: 'ended'; readonly reason: string; readonly text: string }

export interface PatientStep {
  readonly state: PatientState
  readonly effects: readonly PatientEffect[]
}

/** The end, from any phase; every secret of the connection is given up. */
export function endPatient(state: PatientState, reason: string, text = ''): PatientStep {
  const wipes = secretsOf(state).map((secret): PatientEffect => ({ kind: 'wipe', secret }))
  return {
    state: { phase: 'ended', settings: state.settings, reason },
    effects: [{ kind: 'close' }, ...wipes, { kind: 'ended', reason, text }],
  }
}

function secretsOf(state: PatientState): readonly SecretBytes[] {
  switch (state.phase) {
    case 'greeting':
    case 'asking':
      return [state.pair.privateKey]
    case 'member':
      return state.groupKey === null ? [state.sessionKey] : [state.sessionKey, state.groupKey]
    default:
      return []
  }
}
