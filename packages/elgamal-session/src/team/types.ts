/** What a care team thread is made of: docs/spec/care-team.md. */
import type { SigningKey } from '@chartseal/core/ed25519'
import type { AeadKey, SecretBytes } from '@chartseal/core/keys'
import type { Clock, Random } from '@chartseal/core/ports'

/** Time and chance. */
export interface TeamWorld {
  readonly clock: Clock
  readonly random: Random
}

export type TeamRole = 'clinician' | 'patient'

/** Somebody in the thread, as everybody in it sees them. */
export interface TeamPerson {
  /** Their place in the key tree; the keeper's is 0. Somebody else may have it in a later epoch. */
  readonly leaf: number
  /** As the keeper calls them. */
  readonly name: string
  readonly role: TeamRole
  /** Ed25519, 32 bytes: what they write is signed with it. Of this thread alone; no two are alike. */
  readonly signing: Uint8Array
  /** The mailbox that copies for them go to; empty without one. */
  readonly box: string
}

/** A place in the chain of one sender; sequence 0 stands before their first message. */
export interface SenderPlace {
  readonly sequence: bigint
  /** SHA-256 of that message. */
  readonly hash: Uint8Array
}

export interface NamedPlace extends SenderPlace {
  readonly signing: Uint8Array
}

/** Messages of a sender that are missing: the first to the last of them. */
export interface SenderGap {
  readonly first: bigint
  readonly last: bigint
  /** Hash of the message before the first; `null` for a newcomer, who cannot know it. */
  readonly before: Uint8Array | null
  /** Hash of the last, as the message behind it names it. */
  readonly after: Uint8Array
}

/** What is known of the messages of one sender. */
export interface SenderChain extends SenderPlace {
  readonly signing: Uint8Array
  /** In which the newest message was sent; 0 of who was there when this member came, and has written nothing since. */
  readonly epoch: number
  /** At most 32; in order. */
  readonly gaps: readonly SenderGap[]
}

/** Somebody who was removed, or who has another key now. */
export interface FormerPerson extends SenderPlace {
  readonly signing: Uint8Array
  readonly name: string
  /** The first epoch without them. Their messages count up to `sequence`. */
  readonly epoch: number
}

/** The key of one epoch, and who had it. */
export interface TeamEpoch {
  readonly epoch: number
  readonly key: AeadKey
  /** SHA-256 of the commit that began it. */
  readonly commitHash: Uint8Array
  readonly people: readonly TeamPerson[]
  /** When the next one began here; `null` of the newest. */
  readonly endedMs: number | null
}

/**
 * `asked`: the answer is out, and the welcome is not here. `left` and `removed` hold no keys: what was written can be
 * read where it was put, and nothing more comes.
 */
export type TeamPhase = 'asked' | 'in' | 'left' | 'removed'

/** What a keeper and a member both keep. A value; its secrets are wiped by `wipeTeam`. */
export interface TeamSeat {
  /** 16 random bytes. */
  readonly id: Uint8Array
  readonly title: string
  readonly phase: TeamPhase
  /** Ed25519 key of the keeper, which signs commits: 32 bytes, pinned. */
  readonly keeperKey: Uint8Array
  /** Of this side: signs its messages. */
  readonly signingKey: SigningKey
  readonly own: SenderPlace
  /** The first epoch that this side was in; 0 unless `in`. */
  readonly sinceEpoch: number
  /** From the newest to the oldest one that is kept; empty unless `in`. */
  readonly epochs: readonly TeamEpoch[]
  readonly chains: readonly SenderChain[]
  readonly former: readonly FormerPerson[]
  /** Frames of epochs to come, in the order in which they came. */
  readonly waiting: readonly Uint8Array[]
}

/** Everybody but the keeper. */
export interface TeamMember extends TeamSeat {
  readonly kind: 'member'
  /** `MemberPath.encode`; `null` unless `in`. */
  readonly path: SecretBytes | null
}

/** Somebody who was invited and has not been added yet. */
export interface InvitedPerson {
  /** Names the pair, as the application does. */
  readonly pair: string
  readonly name: string
  readonly role: TeamRole
}

/** Whoever began the thread: adds and removes. */
export interface TeamKeeper extends TeamSeat {
  readonly kind: 'keeper'
  readonly commitKey: SigningKey
  /** `KeyTree.encode`. */
  readonly tree: SecretBytes
  readonly invited: readonly InvitedPerson[]
  /** By which pair each member is reached. */
  readonly pairs: readonly { readonly leaf: number; readonly pair: string }[]
  /** The newest commit, which may be sent again. */
  readonly commit: Uint8Array
  /** Where each sender stood when it was made: a newcomer is given what was sent since then. */
  readonly places: readonly NamedPlace[]
  /**
   * The newest epoch that a member wrote in. Above the own one, this state is an old copy: only `renewTeam` goes on.
   */
  readonly heardEpoch: number
  /** Who made this state take itself for an old copy, and when: of the last 24 hours. */
  readonly claims: readonly TeamClaim[]
}

/** A member's word that there is a newer epoch. */
export interface TeamClaim {
  readonly signing: Uint8Array
  readonly atMs: number
}

/** What the keeper offers one pair. */
export interface TeamInvitation {
  readonly id: Uint8Array
  readonly title: string
  readonly keeperKey: Uint8Array
}

/** What the device of that pair answers. */
export interface TeamAnswer {
  readonly id: Uint8Array
  readonly signing: Uint8Array
  /** Empty without one. */
  readonly box: string
}

export type Team = TeamKeeper | TeamMember

/** What is written: a text, or a small file. */
export interface TeamBody {
  readonly mediaType: string
  readonly content: Uint8Array
  readonly fileName?: string
}

/** A message as it was opened. */
export interface TeamMessage {
  readonly sender: TeamPerson
  readonly isKeeper: boolean
  readonly epoch: number
  readonly sequence: bigint
  /** By the sender's clock. */
  readonly sentAtMs: number
  readonly body: TeamBody
  /** Messages of this sender between the one before and this, which are not here. */
  readonly missing: number
  /** They may have been sent before this member came. */
  readonly isMissingPerhapsEarlier: boolean
  /** One that was missing, and came after later ones. */
  readonly isLate: boolean
  /** Those who were removed since it was sent: they could read it. Empty for one of the newest epoch. */
  readonly sentBefore: readonly string[]
}

/** What a frame, or a welcome, led to. */
export type TeamEvent =
  | { readonly kind: 'message'; readonly message: TeamMessage }
  /** They will write no more. The keeper removes them. */
  | { readonly kind: 'left'; readonly person: TeamPerson; readonly sentAtMs: number }
  | {
      readonly kind: 'changed'
      readonly epoch: number
      readonly atMs: number
      readonly title: string
      readonly added: readonly TeamPerson[]
      readonly removed: readonly FormerPerson[]
    }
  /** This side was removed. */
  | { readonly kind: 'removed'; readonly atEpoch: number }
  /** It belongs to an epoch to come, and is kept until its commit is here. */
  | { readonly kind: 'waiting'; readonly epoch: number }
  /** It was here before. */
  | { readonly kind: 'known' }
  /** Of what had waited. */
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string }
  /** Of a keeper: this state is an old copy. */
  | { readonly kind: 'behind'; readonly heardEpoch: number }

/** What came, and the state to store before any of it counts as received. */
export interface TeamStep<Seat extends TeamSeat> {
  readonly seat: Seat
  readonly events: readonly TeamEvent[]
}

/** What a step gives: the state to store, and then bytes for each of these people. */
export interface TeamSending<Seat extends TeamSeat> {
  readonly seat: Seat
  readonly frame: Uint8Array
  /** Without this side itself. */
  readonly to: readonly TeamPerson[]
}

/** What the keeper gives when somebody comes: the commit for the others, the welcome for the newcomer alone. */
export interface TeamAdding extends TeamSending<TeamKeeper> {
  readonly added: TeamPerson
  readonly removed: readonly FormerPerson[]
  /** Secret: it leaves sealed by the pair's ring, and is wiped. */
  readonly welcome: Uint8Array
}

/** What the keeper gives after a restored backup: a welcome for each member. */
export interface TeamRenewal {
  readonly seat: TeamKeeper
  readonly welcomes: readonly {
    readonly pair: string
    readonly person: TeamPerson
    readonly welcome: Uint8Array
  }[]
}
