/** From what is to be signed to what became of it. */
import { shellWord } from '@chartseal/clinic'
import {
  type Delivery,
  type Desk,
  deliver,
  type PreparedRecord,
  settle,
  signAndSend,
} from '@chartseal/clinic/prescriptions'
import { encodeHex } from '@chartseal/core/encoding'
import type { Answer } from '@chartseal/core/json'
import { decodeGenesis } from '@chartseal/emr-ledger'
import { approve } from '../../io/approve.js'
import { finish } from '../../io/command.js'
import { AlreadyTold, cliError } from '../../io/errors.js'
import { type Io, writeLine } from '../../io/io.js'
import type { SigningOptions } from './desk.js'
import { refusalWords } from './refusal.js'

const firstPollMs = 50
const longestPollMs = 1_000

/** Shows what is signed, asks, signs, sends, and waits until it is final. @throws Cancelled; UsageError; ChartsealError */
export async function signed(
  io: Io,
  desk: Desk,
  record: PreparedRecord,
  options: SigningOptions,
): Promise<Delivery> {
  await approve(io, record.prepared.text[options.language], 'sign', options)
  if (options.depth === undefined && isMined(desk))
    await writeLine(
      io.stderr,
      'Note: this ledger is sealed by proof of work: nothing is final without --depth.',
    )
  const first = await signAndSend(desk, record)
  return untilSettled(desk, record.prepared.digest, first, options.wait)
}

const isMined = ({ shelf }: Desk): boolean =>
  decodeGenesis(shelf.book().anchor.genesisBytes).seal.kind === 'pow'

/** @throws ChartsealError `cli/record-refused`, `cli/record-overtaken`, as `deliver` */
export async function untilSettled(
  desk: Desk,
  txid: Uint8Array,
  first: Delivery,
  waitSeconds: number,
): Promise<Delivery> {
  let delivery = first
  let pollMs = firstPollMs
  for (let leftMs = waitSeconds * 1_000; leftMs > 0 && isOpen(delivery); leftMs -= pollMs) {
    await new Promise(resolve => setTimeout(resolve, pollMs))
    pollMs = Math.min(2 * pollMs, longestPollMs)
    delivery = delivery.kind === 'waiting' ? await settle(desk, txid) : await deliver(desk, txid)
  }
  if (delivery.kind === 'refused') throw refused(delivery.code)
  if (delivery.kind === 'never') throw cliError('cli/record-overtaken', {})
  return delivery
}

const refused = (cause: string): Error => cliError('cli/record-refused', { cause, why: refusalWords(cause) })

const isOpen = ({ kind }: Delivery): boolean => kind === 'waiting' || kind === 'no-answer'

const open: Readonly<Record<string, string>> = {
  waiting: 'It waits in the ledger and is not final yet.',
  'no-answer': 'The ledger did not answer: nobody knows whether the record arrived.',
}

/** How sure it is, for people: under proof of work nothing is. */
function finalityOf(delivery: Delivery): Answer {
  if (delivery.kind !== 'final') return { state: delivery.kind }
  const { finality, head } = delivery.checked
  const depth = finality.kind === 'final' ? null : finality.depth
  return { state: 'final', finality: finality.kind, depth, height: Number(head.height) }
}

export interface Told {
  /** What is done, once it is final. */
  readonly done: string
  readonly txid: Uint8Array
  readonly more?: Answer
}

/** Tells what became of it. @throws AlreadyTold unless it is final */
export async function tell(io: Io, options: SigningOptions, delivery: Delivery, told: Told): Promise<void> {
  const id = encodeHex(told.txid)
  const more = delivery.kind === 'final' ? told.more : {}
  const answer = { txid: id, ...finalityOf(delivery), ...more }
  const text =
    delivery.kind === 'final'
      ? `${told.done}\nRecord    ${id}\nFinality  ${finalityWords(delivery)}\n`
      : `${open[delivery.kind] ?? ''} Then: chartseal ledger deliver ${deskWords(options)}\nRecord    ${id}\n`
  await finish(io, options, { text, answer })
  if (delivery.kind !== 'final') throw new AlreadyTold()
}

/** The desk, and the depth without which nothing is final under proof of work. */
const deskWords = ({ desk, depth }: SigningOptions): string =>
  `--desk ${shellWord(desk)}${depth === undefined ? '' : ` --depth ${depth}`}`

function finalityWords({
  checked: { finality, head },
}: Extract<Delivery, { readonly kind: 'final' }>): string {
  return finality.kind === 'final'
    ? `final, proven at height ${head.height}`
    : `reversible: ${finality.depth} blocks stand on height ${head.height}`
}
