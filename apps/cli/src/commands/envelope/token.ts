import { encodePem } from '@chartseal/core/der'
import { ChartsealError } from '@chartseal/core/errors'
import { type Answer, JsonObject, toJsonText } from '@chartseal/core/json'
import { AeadKey } from '@chartseal/core/keys'
import { formatRecipient, openOaepBlock, rsaOaepRecipient } from '@chartseal/ipfs-envelope'
import type { Command } from 'commander'
import { describeCommand, helpNote } from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import { decryptInToken, readTokenKey, type TokenKey } from '../../io/hsm.js'
import { type Io, writeLine } from '../../io/io.js'
import { linesOf } from '../../io/lines.js'
import { readSecret } from '../../io/secrets.js'

interface TokenOptions extends TokenKey {
  readonly pinFile?: string
}

const note = helpNote(
  'Not for people: it answers the requests of --identity-command, one line each. docs/spec/identity-command.md',
)

/** `chartseal envelope token`: an identity command for RSA keys of PKCS #11 tokens. */
export function tokenCommand(io: Io): Command {
  return describeCommand(
    'token',
    'Let --identity-command use an RSA key that never leaves a PKCS #11 token',
    "chartseal envelope recipient --identity-command 'chartseal envelope token --module softhsm2.so --token records --key 01 --pin-file pin'",
  )
    .requiredOption('--module <file>', 'the PKCS #11 library of the token')
    .requiredOption('--token <label>', 'the label of the token')
    .requiredOption(
      '--key <id>',
      'the id of the key, in hexadecimal digits, as pkcs11-tool --list-objects shows it',
    )
    .option('--pin-file <file>', 'the PIN, one line; else the variable CHARTSEAL_PIN')
    .option('--tool <program>', 'pkcs11-tool of OpenSC, where it is not on the PATH')
    .addHelpText('after', note)
    .action(async (options: TokenOptions) => {
      if (io.isTerminal.stdin) throw new UsageError('this answers requests: give it to --identity-command')
      for await (const { text } of linesOf(io.stdin, '-')) {
        await writeLine(io.stdout, toJsonText({ v: 1, ...(await answerTo(io, options, text)) }))
      }
    })
}

async function answerTo(io: Io, options: TokenOptions, line: string): Promise<Answer> {
  try {
    const request = JsonObject.parse(line)
    const op = request.text('op')
    if (op === 'recipient') return { recipient: await recipientText(io, options) }
    if (op === 'unwrap') return { key: await unwrapped(io, options, request) }
    return { error: 'it knows the requests recipient and unwrap only' }
  } catch (error) {
    if (error instanceof ChartsealError || error instanceof UsageError) return { error: error.message }
    throw error
  }
}

async function recipientText(io: Io, options: TokenOptions): Promise<string> {
  const der = await readTokenKey(io, options)
  return formatRecipient(await rsaOaepRecipient(encodePem('PUBLIC KEY', der)))
}

/** `null` for whatever does not open, and no reason. */
async function unwrapped(io: Io, options: TokenOptions, request: JsonObject): Promise<Uint8Array | null> {
  const isRsa = request.text('kem') === 'rsa-oaep' && request.hex('enc').length === 0
  if (!isRsa) return null
  const block = await decryptInToken(io, options, await readPin(io, options), request.hex('ct'))
  if (block === null) return null
  const key = openOaepBlock(block, request.hex('info'))
  block.fill(0)
  return key?.length === AeadKey.sizeBytes ? key : null
}

function readPin(io: Io, { pinFile }: TokenOptions): Promise<string> {
  return readSecret(io, {
    file: pinFile,
    option: '--pin-file',
    variable: 'CHARTSEAL_PIN',
    question: 'PIN of the token',
  })
}
