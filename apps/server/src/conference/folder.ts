/** The files of conferences in the data folder: frames, the last word of hosts, and which folder it is. */
import { readdir, readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeBase64Url, encodeHex } from '@chartseal/core/encoding'
import { attempt, replaceFile, systemCodeOf } from '@chartseal/core/files'
import type { Random } from '@chartseal/core/ports'
import { isEndFrame } from '@chartseal/elgamal-session/relay'

const placeName = 'place'

/** Hexadecimal, as there are disks for which `a` and `A` are one name. */
export function frameFile(folder: string, id: string): string {
  return join(folder, `${encodeHex(decodeBase64Url(id))}.frames`)
}

/** Names of the conferences of which there is any file, in hexadecimal. @throws ChartsealError `files/failed` */
export async function conferencesIn(folder: string): Promise<readonly string[]> {
  const names = await attempt('list', () => readdir(folder), folder)
  return [...new Set(names.flatMap(name => /^([0-9a-f]{32})\./.exec(name)?.[1] ?? []))]
}

/** With what a killed process left beside them. @throws ChartsealError `files/failed` */
export async function forgetConference(folder: string, name: string): Promise<void> {
  const all = await attempt('list', () => readdir(folder), folder)
  for (const one of all.filter(other => other.includes(`${name}.`)))
    await attempt('remove', () => unlink(join(folder, one)), join(folder, one))
}

/** Of an end 124 bytes are used; nobody fills the disk with one. */
const mostEndBytes = 1_024

/** Whether this ends a conference for all, and may be kept. */
export function isEnd(frame: Uint8Array): boolean {
  return frame.length <= mostEndBytes && isEndFrame(frame)
}

/** Resolves once it is on the disk. @throws ChartsealError `files/failed` */
export async function keepEnd(folder: string, id: string, frame: Uint8Array): Promise<void> {
  await replaceFile(endFile(folder, id), frame)
}

/** The frame by which its host has ended it; `null` for none. @throws ChartsealError `files/failed` */
export async function endOf(folder: string, id: string): Promise<Uint8Array | null> {
  const path = endFile(folder, id)
  const bytes = await attempt('read', () => bytesOf(path), path)
  return bytes !== null && isEnd(bytes) ? bytes : null
}

function endFile(folder: string, id: string): string {
  return join(folder, `${encodeHex(decodeBase64Url(id))}.end`)
}

/** 32 hexadecimal digits that are drawn once for each data folder. @throws ChartsealError `files/failed` */
export async function placeOf(folder: string, random: Random): Promise<string> {
  const path = join(folder, placeName)
  const known = Buffer.from((await attempt('read', () => bytesOf(path), path)) ?? '').toString('latin1')
  if (/^[0-9a-f]{32}$/.test(known)) return known
  const place = encodeHex(random.bytes(16))
  await replaceFile(path, Buffer.from(place))
  return place
}

async function bytesOf(path: string): Promise<Uint8Array | null> {
  try {
    return await readFile(path)
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null
    throw error
  }
}
