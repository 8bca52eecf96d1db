import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { equal } from '@chartseal/core/bytes'
import { SigningKey } from '@chartseal/core/ed25519'
import { systemRandom } from '@chartseal/core/system'
import { type FaultDisk, fixedClock, manualTimer } from '@chartseal/testkit'
import {
  ed25519Signer,
  type LeafCodec,
  type LogWriter,
  type LogWriterOptions,
  openLogWriter,
} from '@chartseal/tlog'
import { fileStorage } from '@chartseal/tlog/fs'
import { afterAll } from 'vitest'

export const origin = 'clinic.example/log'
export const signer = ed25519Signer(origin, new SigningKey(new Uint8Array(32).fill(7)))
export const stranger = ed25519Signer(origin, new SigningKey(new Uint8Array(32).fill(8)))

/** An id and a text; the leaf is 16 bytes and the text. */
export interface Note {
  readonly id: number
  readonly text: string
}

export const note = (id: number, text = `text ${id}`): Note => ({ id, text })

function idOf({ id }: Note): Uint8Array {
  const bytes = new Uint8Array(16)
  new DataView(bytes.buffer).setFloat64(8, id)
  return bytes
}

export const leafOf = (request: Note): Uint8Array =>
  Uint8Array.from(Buffer.concat([idOf(request), Buffer.from(request.text)]))

/** The request itself is the leaf; a text `refused` is refused, and one without an id has text `import`. */
export const codec: LeafCodec<Note> = {
  idOf,
  async encode(request) {
    if (request.text === 'refused') throw new RangeError('refused by the codec')
    return leafOf(request)
  },
  idOfLeaf: leaf => (Buffer.from(leaf.subarray(16)).toString() === 'import' ? null : leaf.slice(0, 16)),
  holds: async (leaf, _, request) => equal(leaf, leafOf(request)),
}

export const startMs = 1_700_000_000_000

export function optionsFor(options: Pick<LogWriterOptions<Note>, 'storage'>): LogWriterOptions<Note> {
  return {
    codec,
    origin,
    signer,
    clock: fixedClock(startMs),
    random: systemRandom,
    timer: manualTimer(),
    ...options,
  }
}

export function openWriter(
  options: Pick<LogWriterOptions<Note>, 'storage'> & Partial<LogWriterOptions<Note>>,
): Promise<LogWriter<Note>> {
  return openLogWriter({ ...optionsFor(options), ...options })
}

export const folder = '/log'

export function onDisk(disk: FaultDisk, segmentBytes = 2 ** 20): ReturnType<typeof fileStorage> {
  return fileStorage(folder, { system: disk, segmentBytes })
}

/** A folder on the real disk, removed when the test file ends. */
export function realFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'chartseal-log-'))
  afterAll(() => rmSync(path, { recursive: true, force: true }))
  return path
}
