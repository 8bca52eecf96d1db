/** Content of a record on its way to a file, a pipe or a screen. */
import { encodeHex } from '@chartseal/core/encoding'
import type { Answer } from '@chartseal/core/json'
import { quoted } from '@chartseal/core/text'
import type { RecordHeader } from '@chartseal/ipfs-envelope'
import { finish, type OutputOptions, refuseBytesOnTerminal } from '../command.js'
import { UsageError } from '../errors.js'
import { type Io, write } from '../io.js'
import { type Staged, stageFile } from '../output.js'
import { collect, pour, watched } from './content.js'

/** What a terminal or a JSON object takes; more goes into a file. */
const maxInlineBytes = 16 * 1024 * 1024

export interface Given {
  readonly header: RecordHeader
  /** Of what is given: the whole content, or a part of it. */
  readonly sizeBytes: number
  readonly content: AsyncIterable<Uint8Array>
  /** Called when everything was opened, before any of it is shown. */
  remember(): Promise<void>
}

/** A file appears whole, or not at all; a pipe gets pieces as they open, and the exit code says whether that was all. */
export async function giveOut(io: Io, options: OutputOptions, given: Given): Promise<void> {
  const { out, json = false } = options
  if (out !== undefined && out !== '-') return toFile(io, out, options, given)
  if (json || io.isTerminal.stdout) return inline(io, options, given)
  await given.remember()
  for await (const piece of given.content) await write(io.stdout, piece)
}

async function toFile(io: Io, out: string, options: OutputOptions, given: Given): Promise<void> {
  const { header, sizeBytes, content, remember } = given
  const staged = await stageFile(io, out, { force: options.force ?? false, secret: true }, into =>
    pour(watched(io, 'Opening', sizeBytes, content), into),
  )
  await published(staged, remember)
  const named = header.name === '' ? '' : `, named ${quoted(header.name)}`
  const text = `${out}: ${sizeBytes} bytes of ${quoted(header.mediaType)}${named}\n`
  await finish(io, { json: options.json ?? false }, { text, answer: { out, ...about(given) } })
}

async function published(staged: Staged, before: () => Promise<void>): Promise<void> {
  try {
    await before()
    await staged.publish()
  } catch (error) {
    await staged.discard()
    throw error
  }
}

async function inline(io: Io, options: OutputOptions, given: Given): Promise<void> {
  const plaintext = await collect(given.content, maxInlineBytes)
  if (plaintext === null)
    throw new UsageError(`a record of more than ${maxInlineBytes} bytes needs --out FILE`)
  refuseBytesOnTerminal(io, options, plaintext)
  await given.remember()
  const answer = { out: null, ...about(given), plaintext: encodeHex(plaintext) }
  const text = options.json === true ? '' : Buffer.from(plaintext).toString('utf8')
  await finish(io, { json: options.json ?? false }, { text, answer })
}

function about({ header, sizeBytes }: Given): Answer {
  const { name, mediaType, createdMs, labels } = header
  return {
    ...{ name, type: mediaType, size_bytes: header.sizeBytes, given_bytes: sizeBytes },
    ...{ created_ms: createdMs, labels: [...labels] },
  }
}
