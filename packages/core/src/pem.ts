/** PEM (RFC 7468): lines around the base64 of one DER structure. */
import { decodeBase64, encodeBase64 } from './encoding.js'
import { coreError } from './errors.js'

/** A PEM block: its label ("PRIVATE KEY") and the bytes between the lines. */
export interface Pem {
  readonly label: string
  readonly der: Uint8Array
}

interface Block {
  readonly label: string
  /** Without white space at their ends. */
  readonly lines: string[]
}

/**
 * The one key in a PEM text. Tools write other things around it: text outside the boundaries is ignored (RFC 7468 2),
 * parameters and certificates are passed over, and white space in and at the ends of lines does not count (RFC 7468 3).
 * @param wanted the labels that will do; by default every private or public key, or else the only block there is
 * @returns `der` is a fresh copy, which the caller wipes when it is secret
 * @throws ChartsealError `der/invalid`, also for two keys and for one that is encrypted in the form of before PKCS#8;
 * `encoding/invalid` for base64 that is not canonical
 */
export function decodePem(text: string, wanted?: readonly string[]): Pem {
  const { label, lines } = choose(blocksOf(text), wanted)
  refuseHeaders(label, lines)
  const body = lines.join('').replace(/[ \t]/g, '')
  if (body === '') throw invalid(`the block ${label} is empty`)
  return { label, der: decodeBase64(body) }
}

/** PEM in lines of 64 characters. */
export function encodePem(label: string, der: Uint8Array): string {
  const lines = encodeBase64(der).match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

const boundary = /^-----(BEGIN|END) ([A-Z0-9]+(?: [A-Z0-9]+)*)-----$/

function blocksOf(text: string): readonly Block[] {
  const blocks: Block[] = []
  let open: Block | null = null
  for (const line of text.split(/\r\n|\r|\n/).map(one => one.trim())) {
    const [, side, label] = boundary.exec(line) ?? []
    if (side === undefined || label === undefined) open?.lines.push(line)
    else if (side === 'BEGIN' && open === null) open = { label, lines: [] }
    else if (side === 'END' && open?.label === label) {
      blocks.push(open)
      open = null
    } else throw invalid(`${side} ${label} does not match the lines around it`)
  }
  if (open !== null) throw invalid(`the line END ${open.label} is missing`)
  return blocks
}

function choose(blocks: readonly Block[], wanted: readonly string[] | undefined): Block {
  const suits = ({ label }: Block): boolean =>
    wanted?.includes(label) ?? /(^| )(PRIVATE|PUBLIC) KEY$/.test(label)
  const fitting = blocks.filter(suits)
  const [block, another] = fitting.length > 0 || wanted !== undefined ? fitting : blocks
  if (block !== undefined && another === undefined) return block
  const found = blocks.map(({ label }) => label).join(', ')
  if (found === '') throw invalid('there is no line -----BEGIN …----- in it')
  if (fitting.length > 1) throw invalid(`one key is needed, and there are several: ${found}`)
  throw invalid(`${wanted?.join(' or ') ?? 'one key'} is needed, and there is: ${found}`)
}

// RFC 1421 4.6: a block with headers is encrypted by a key from MD5 of the passphrase, which nothing here reads.
function refuseHeaders(label: string, lines: readonly string[]): void {
  const headers = lines.filter(line => line.includes(':'))
  if (headers.some(line => /^Proc-Type:\s*4\s*,\s*ENCRYPTED$/.test(line))) {
    throw invalid(
      `the ${label} is encrypted in an old form; convert it with "openssl pkcs8 -topk8 -in OLD.pem -out NEW.pem"`,
    )
  }
  if (headers.length > 0) throw invalid(`the ${label} has headers`)
}

function invalid(reason: string): Error {
  return coreError('der/invalid', { reason })
}
