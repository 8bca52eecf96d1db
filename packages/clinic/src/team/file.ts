/** The file of a care team as bytes, sealed under a passphrase. Byte table: docs/spec/care-team.md. */
import { CborFields } from '@chartseal/core/cbor'
import { openBytes, sealBytes } from '@chartseal/core/chunked'
import { encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import type { AeadKey } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { decodeTeam, encodeTeam, type Team } from '@chartseal/elgamal-session/team'
import { careTeamError } from './errors.js'

const version = 1
const fileKind = 'chartseal-care-team'

/** What a person keeps of one care team. */
export interface CareTeam {
  readonly team: Team
  /** Of a member, by which pair the invitation came; empty for the keeper. */
  readonly pair: string
  /** Of a member, the keeper as the pairing names them. */
  readonly keeperName: string
  /** Frames that were sealed, and that may not have left yet: whoever gets them twice takes no notice. */
  readonly unsent: readonly Uint8Array[]
}

/** What the file says before its key is known. */
export interface CareTeamFile {
  readonly phc: string
  readonly sealed: Uint8Array
}

const contextOf = (phc: string): Uint8Array => encodeUtf8(`chartseal/care-team-file/v1${phc}`)

export function sealCareTeam(careTeam: CareTeam, phc: string, key: AeadKey, random: Random): Uint8Array {
  const { team, pair, keeperName, unsent } = careTeam
  const state = encodeTeam(team)
  const bytes = encodeCbor({ team: state, pair, keeper: keeperName, unsent })
  state.fill(0)
  try {
    return encodeCbor({
      v: version,
      kind: fileKind,
      phc,
      sealed: sealBytes(key, bytes, contextOf(phc), random),
    })
  } finally {
    bytes.fill(0)
  }
}

/** @throws ChartsealError `care-team/damaged` */
export function parseCareTeamFile(bytes: Uint8Array): CareTeamFile {
  return reading(() => {
    const fields = CborFields.decode(bytes, ['v', 'kind', 'phc', 'sealed'])
    fields.count('v', version, version)
    if (fields.text('kind') !== fileKind) throw new Error('it is of another kind')
    return { phc: fields.text('phc'), sealed: fields.bytes('sealed') }
  })
}

/** @throws ChartsealError `care-team/wrong-passphrase`, `care-team/damaged` */
export function openCareTeam({ phc, sealed }: CareTeamFile, key: AeadKey): CareTeam {
  const bytes = opened(key, sealed, contextOf(phc))
  try {
    return reading(() => {
      const fields = CborFields.decode(bytes, ['team', 'pair', 'keeper', 'unsent'])
      return {
        team: decodeTeam(fields.bytes('team')),
        pair: fields.text('pair'),
        keeperName: fields.text('keeper'),
        unsent: fields.bytesList('unsent'),
      }
    })
  } finally {
    bytes.fill(0)
  }
}

function opened(key: AeadKey, sealed: Uint8Array, context: Uint8Array): Uint8Array {
  try {
    return openBytes(key, sealed, context)
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    throw careTeamError('care-team/wrong-passphrase', {})
  }
}

function reading<Value>(read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    const reason = error instanceof Error ? error.message : ''
    throw careTeamError('care-team/damaged', { reason })
  }
}
