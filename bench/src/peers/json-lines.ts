/** One JSON line for each record and one fdatasync for each batch: what no durable log of a record each can beat by much. */
import { open, readFile } from 'node:fs/promises'
import { type DurableAppends, inBatches } from './batches.js'

export async function jsonLines(path: string): Promise<DurableAppends> {
  const file = await open(path, 'w')
  let position = 0
  const write = async (records: readonly Uint8Array[]): Promise<void> => {
    const text = records.map(
      record => `${JSON.stringify({ record: Buffer.from(record).toString('latin1') })}\n`,
    )
    const bytes = Buffer.from(text.join(''))
    await file.write(bytes, 0, bytes.length, position)
    position += bytes.length
    await file.datasync()
  }
  return {
    append: inBatches(write),
    records: async () =>
      (await readFile(path, 'utf8'))
        .trimEnd()
        .split('\n')
        .map(line => Uint8Array.from(Buffer.from(JSON.parse(line).record, 'latin1'))),
    close: () => file.close(),
  }
}
