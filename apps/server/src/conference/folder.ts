/** The files of conferences in the data folder: frames, and which folder it is. */
import { readdir, readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeBase64Url, encodeHex } from '@chartseal/core/encoding'
import { attempt, replaceFile, systemCodeOf } from '@chartseal/core/files'
import type { Random } from '@chartseal/core/ports'

const ending = '.frames'
const placeName = 'place'

/** Hexadecimal, as there are disks for which `a` and `A` are one name. */
export function frameFile(folder: string, id: string): string {
  return join(folder, `${encodeHex(decodeBase64Url(id))}${ending}`)
}

/** Names of the conferences whose frames are there, in hexadecimal. @throws ChartsealError `files/failed` */
export async function framesIn(folder: string): Promise<readonly string[]> {
  const names = await attempt('list', () => readdir(folder), folder)
  return names.flatMap(name => /^([0-9a-f]{32})\.frames$/.exec(name)?.[1] ?? [])
}

/** With what a killed process left beside them. @throws ChartsealError `files/failed` */
export async function forgetFrames(folder: string, name: string): Promise<void> {
  const all = await attempt('list', () => readdir(folder), folder)
  for (const one of all.filter(other => other.includes(`${name}${ending}`)))
    await attempt('remove', () => unlink(join(folder, one)), join(folder, one))
}

/** 32 hexadecimal digits that are drawn once for each data folder. @throws ChartsealError `files/failed` */
export async function placeOf(folder: string, random: Random): Promise<string> {
  const path = join(folder, placeName)
  const known = await attempt('read', () => textOf(path), path)
  if (/^[0-9a-f]{32}$/.test(known)) return known
  const place = encodeHex(random.bytes(16))
  await replaceFile(path, Buffer.from(place))
  return place
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return ''
    throw error
  }
}
