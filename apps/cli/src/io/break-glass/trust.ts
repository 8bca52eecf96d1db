/** What a device has pinned of a clinic: its log, its witnesses, and the roster from which the newest one must follow. */
import { checkNextRoster, parseRoster, type Roster } from '@chartseal/clinic/roster'
import { thumbprintOf } from '@chartseal/clinic/signed-request'
import { decodeBase64Url, encodeBase64Url } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { JsonObject, toJsonText } from '@chartseal/core/json'
import { type NoteVerifier, type Policy, parsePolicy, parseVerifierKey } from '@chartseal/tlog'
import type { ClinicClient } from '../../commands/conference/clinic-client.js'
import { cliError } from '../errors.js'
import { readText } from '../files.js'
import type { Io } from '../io.js'

export interface Trust {
  readonly origin: string
  /** The verifier key of the log, as text. */
  readonly logKey: string
  /** The text of a C2SP policy. */
  readonly policy: string
  /** The text of a roster. */
  readonly roster: Uint8Array
}

const kind = 'chartseal-clinic-trust'

export function formatTrust({ origin, logKey, policy, roster }: Trust): string {
  const text = { v: 1, kind, origin, log: logKey, policy, roster: encodeBase64Url(roster) }
  return `${toJsonText(text)}\n`
}

/** @throws ChartsealError `cli/trust` */
export async function readTrust(io: Io, file: string): Promise<Trust> {
  const text = await readText(io, file)
  try {
    const json = JsonObject.parse(text)
    if (json.text('kind') !== kind) throw cliError('cli/trust', { file, reason: 'its kind is another' })
    const trust = {
      origin: json.text('origin'),
      logKey: json.text('log'),
      policy: json.text('policy'),
      roster: decodeBase64Url(json.text('roster')),
    }
    parseRoster(trust.roster)
    logOf(trust)
    return trust
  } catch (error) {
    if (!(error instanceof ChartsealError) || error.code === 'cli/trust') throw error
    throw cliError('cli/trust', { file, reason: error.message })
  }
}

/** The log and its witnesses. @throws ChartsealError `tlog/…`, `note/…` */
export function logOf({ logKey, policy }: Pick<Trust, 'logKey' | 'policy'>): {
  readonly log: NoteVerifier
  readonly policy: Policy
} {
  return { log: parseVerifierKey(logKey), policy: parsePolicy(policy) }
}

/** A clinic that says something else of itself than was pinned is another one. @throws ChartsealError `cli/other-clinic` */
export async function requireSameClinic(client: ClinicClient, trust: Trust, file: string): Promise<void> {
  const about = await client.about()
  const log = about.object('log')
  const isSame = about.text('origin') === trust.origin && log.text('verifier_key') === trust.logKey
  if (!isSame) throw cliError('cli/other-clinic', { file })
}

/**
 * Follows the rosters from the pinned one to the newest: each is signed by enough officers of the one before.
 * @throws ChartsealError `roster/…`, the code of the clinic for what it refuses
 */
export async function newestRoster(
  client: ClinicClient,
  { origin, roster }: Pick<Trust, 'origin' | 'roster'>,
): Promise<Uint8Array> {
  const { seq } = parseRoster(roster)
  const newest = (await client.about()).count('roster_seq')
  let latest = roster
  for (let next = seq + 1; next <= newest; next++) {
    const { text, signatures } = await signedRoster(client, `/v1/roster/${next}`)
    await checkNextRoster(text, signatures, { origin, latest, keyOf: keysOf(client) })
    latest = text
  }
  return latest
}

/** The newest one, which nothing is known of yet. @throws ChartsealError `cli/no-roster`, `roster/…` */
export async function firstRoster(client: ClinicClient, origin: string): Promise<Uint8Array> {
  if (!(await client.about()).has('roster_seq')) throw cliError('cli/no-roster', {})
  const { text } = await signedRoster(client, '/v1/roster')
  if (parseRoster(text).origin !== origin) throw cliError('cli/no-roster', {})
  return text
}

export interface SignedRoster {
  readonly text: Uint8Array
  readonly signatures: readonly { readonly kid: string; readonly signature: Uint8Array }[]
}

export async function signedRoster(client: ClinicClient, path: string): Promise<SignedRoster> {
  return signedRosterIn(await client.get(path))
}

export function signedRosterIn(body: JsonObject): SignedRoster {
  const signatures = body.objects('signatures').map(one => ({
    kid: one.text('kid'),
    signature: decodeBase64Url(one.text('signature')),
  }))
  return { text: decodeBase64Url(body.text('roster')), signatures }
}

/** The key of a device, which its thumbprint proves, whatever the clinic says. */
const keysOf =
  (client: ClinicClient) =>
  async (kid: string): Promise<Uint8Array | null> => {
    try {
      const key = decodeBase64Url((await client.get(`/v1/devices/${kid}`)).text('identity'))
      return thumbprintOf(key) === kid ? key : null
    } catch (error) {
      if (error instanceof ChartsealError && error.code === 'device/missing') return null
      throw error
    }
  }

/** As it was followed. */
export const rosterIn = (text: Uint8Array): Roster => parseRoster(text)
