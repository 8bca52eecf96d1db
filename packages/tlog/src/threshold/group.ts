/** What the signers of a log and its server agree on, as one line of JSON. Table: docs/spec/log-signers.md. */
import { encodeHex } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { FrostGroup } from '@chartseal/core/frost'
import { JsonObject, toJsonText } from '@chartseal/core/json'
import { parseVerifierKey, verifierKeyOf } from '../keys.js'
import type { NoteVerifier } from '../note.js'
import { logSignerError } from './errors.js'

export interface SignerGroup {
  /** The name of the log. */
  readonly origin: string
  /** The log's key, and who has a share of it. */
  readonly key: FrostGroup
  /** What readers of the log are configured with. */
  readonly verifier: NoteVerifier
  /** The key of the server, which alone may ask: nothing that it signs is a checkpoint of the log. */
  readonly server: NoteVerifier
}

const version = 1

/** @throws ChartsealError `log-signer/bad-group` where the server's key has another name than the log */
export function signerGroup(origin: string, key: FrostGroup, serverKey: string): SignerGroup {
  const server = parseVerifierKey(serverKey)
  if (server.name !== origin) throw badGroup('the key of its server has another name than the log')
  const verifier = parseVerifierKey(verifierKeyOf(origin, key.publicKey))
  if (verifier.verifierKey === server.verifierKey) throw badGroup('the key of its server is that of the log')
  return { origin, key, verifier, server }
}

/** One line without its newline. */
export function formatSignerGroup({ origin, key, server }: SignerGroup): string {
  const commitments = key.commitments.map(encodeHex)
  return toJsonText({ v: version, origin, signers: key.count, commitments, server: server.verifierKey })
}

/** Reads one; `formatSignerGroup` gives it back. @throws ChartsealError `log-signer/bad-group` */
export function parseSignerGroup(text: string): SignerGroup {
  try {
    const json = JsonObject.parse(text)
    if (json.count('v') !== version) throw badGroup('it has another version')
    const commitments = new JsonObject({ all: json.raw('commitments') }).texts('all')
    const points = commitments.map((hex, i) => new JsonObject({ [i]: hex }).hex(`${i}`))
    const group = signerGroup(
      json.text('origin'),
      FrostGroup.of(points, json.count('signers')),
      json.text('server'),
    )
    if (formatSignerGroup(group) !== text) throw badGroup('it is not written as it should be')
    return group
  } catch (error) {
    if (!(error instanceof ChartsealError) || error.code === 'log-signer/bad-group') throw error
    throw badGroup(error.message)
  }
}

export { verifierKeyOf } from '../keys.js'

function badGroup(reason: string): Error {
  return logSignerError('log-signer/bad-group', { reason })
}
