/** The file with the key that the server of a clinic and its relays share. */
import { readFile, writeFile } from 'node:fs/promises'
import { decodeHex, encodeHex } from '@chartseal/core/encoding'
import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'
import { attempt } from '@chartseal/core/files'
import type { Random } from '@chartseal/core/ports'

export interface RelayKeyErrors {
  'relay-key/malformed': { file: string }
}

export const relayKeyError: ErrorFactory<RelayKeyErrors> = defineErrors<RelayKeyErrors>({
  'relay-key/malformed':
    'The file {file} must hold 64 hexadecimal digits. Make one: chartseal-server relay-key --out {file}',
})

const keyBytes = 32

/** 32 bytes. @throws ChartsealError `files/failed`, `relay-key/malformed` */
export async function relayKeyIn(file: string): Promise<Uint8Array> {
  const text = (await attempt('read', () => readFile(file, 'latin1'), file)).trim()
  if (!/^[0-9a-f]{64}$/.test(text)) throw relayKeyError('relay-key/malformed', { file })
  return decodeHex(text)
}

/** Makes one in a new file, for its owner alone; it is on the disk then. @throws ChartsealError `files/failed` */
export async function createRelayKey(file: string, random: Random): Promise<void> {
  const text = `${encodeHex(random.bytes(keyBytes))}\n`
  await attempt('create', () => writeFile(file, text, { flag: 'wx', mode: 0o600, flush: true }), file)
}
