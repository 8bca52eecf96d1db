/** Runner of vectors/own/append-logs-v1.json: files of core that only Node reads. */
import { encodeHex } from '@chartseal/core/encoding'
import { type FileSystem, nodeFileSystem, type OpenFile, readLog } from '@chartseal/core/files'
import { agree, lateRefusalOf, type VectorRunners } from '@chartseal/core/vectors'

/** A disk on which every path is this file. */
function diskOf(bytes: Uint8Array): FileSystem {
  const never = async (): Promise<never> => Promise.reject(new Error('internal: a reader writes nothing'))
  const file: OpenFile = {
    async read(into, position) {
      const part = bytes.subarray(position, position + into.length)
      into.set(part)
      return part.length
    },
    sizeBytes: async () => bytes.length,
    close: async () => undefined,
    ...{ write: never, truncate: never, sync: never },
  }
  return { ...nodeFileSystem, open: async () => file }
}

interface Read {
  readonly records: readonly string[]
  readonly tornBytes: number
}

async function recordsIn(bytes: Uint8Array, kind: string): Promise<Read> {
  const log = await readLog('log', { kind, fileSystem: diskOf(bytes) })
  const records: string[] = []
  for await (const record of log.read()) records.push(encodeHex(record))
  await log.close()
  return { records, tornBytes: log.tornBytes }
}

export const runners: VectorRunners = {
  'append-logs-v1': async testCase => {
    const read = (): Promise<Read> => recordsIn(testCase.hex('file'), testCase.text('kind'))
    if (testCase.has('refused')) {
      agree('the refusal', await lateRefusalOf(read), testCase.text('refused'))
      return
    }
    const { records, tornBytes } = await read()
    agree('the records', records.join(), testCase.texts('records').join())
    agree('what is torn', tornBytes, testCase.count('torn_bytes'))
  },
}
