import type { Finding } from '@chartseal/clinic/explain'
import { explainBytes } from '@chartseal/clinic/explain'
import { encodeUtf8 } from '@chartseal/core/encoding'
import type { Answer } from '@chartseal/core/json'
import { quoted } from '@chartseal/core/text'
import type { Command } from 'commander'
import { describeCommand, finish, type OutputOptions, withOutput } from '../io/command.js'
import { AlreadyTold } from '../io/errors.js'
import { readBounded } from '../io/files.js'
import type { Io } from '../io/io.js'
import { slip39Words } from '../io/slip39-words.js'

/** A share of 64 MiB is the largest thing that is read whole. */
const maxBytes = 66 * 1024 * 1024

/** `chartseal explain`: what is this, what does it show without a key, and where does it fail? */
export function explainCommand(io: Io): Command {
  const command = describeCommand(
    'explain',
    'Say what a text or file is, what it shows without a key, and at which stage a broken one fails',
    'chartseal explain note.sealed',
    'chartseal explain - < share-1.txt',
  )
  return withOutput(command)
    .argument('[file]', 'anything, also a picture of a QR code; - is stdin', '-')
    .action(async (file: string, options: OutputOptions) => {
      const bytes = await readBounded(io, file, maxBytes)
      const finding = await explainBytes(await textIn(bytes), { words: slip39Words() })
      const [text, answer] = finding === null ? unknown : [describe(finding), answerOf(finding)]
      await finish(io, options, { text, answer })
      if (finding === null || finding.refusal !== null) throw new AlreadyTold()
    })
}

/** Of a picture with a QR code what stands in that. */
async function textIn(bytes: Uint8Array): Promise<Uint8Array> {
  const { pictureFormat, readQr } = await import('../io/qr.js')
  const text = pictureFormat(bytes) === 'PNG' ? readQr(bytes) : null
  return text === null ? bytes : encodeUtf8(text)
}

const unknown: readonly [string, Answer] = ['Nothing that Chartseal knows.\n', { kind: null }]

/** Room for the longest usual label; a longer one gets more for all. */
const usualWidth = 16

function describe({ kind, secret = false, unsure = false, facts, refusal, notes = [] }: Finding): string {
  const width = Math.max(usualWidth, ...Object.keys(facts).map(name => name.length + 2))
  const row = (label: string, value: string): string => `${label.padEnd(width)}${value}`
  const rows = Object.entries(facts).map(([name, value]) => row(labelOf(name), shown(value)))
  const warning = secret ? [row('Secret', 'yes: show it to nobody; nothing secret of it is shown here')] : []
  const verdict =
    refusal === null ? soundness(unsure) : `refused at ${refusal.stage}: ${refusal.reason} (${refusal.code})`
  return [row('Kind', kind), ...warning, ...rows, row('Verdict', verdict), ...notes, ''].join('\n')
}

const soundness = (unsure: boolean): string =>
  unsure ? 'not known: only a key shows what it is' : 'well formed'

function labelOf(name: string): string {
  const words = name.replaceAll('_', ' ')
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`
}

// What others wrote is quoted unless it is plain.
function shown(value: string | number | bigint | Uint8Array): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  const text = String(value)
  return typeof value !== 'string' || /^[\w.:+/-]+$/.test(text) ? text : quoted(text)
}

function answerOf({ kind, secret = false, unsure = false, facts, refusal, notes = [] }: Finding): Answer {
  return { kind, secret, unsure, facts, refusal: refusal === null ? null : { ...refusal }, notes }
}
