import { verifyingKeyOf } from '@chartseal/core/ed25519'
import { encodeBase64Url, encodeHex } from '@chartseal/core/encoding'
import { toJsonText } from '@chartseal/core/json'
import { keyIdOf } from '@chartseal/emr-ledger'
import type { Command } from 'commander'
import { type CommonOptions, describeCommand, finish } from '../../io/command.js'
import { newOwnerKey, readOwnerKey } from '../../io/envelope/owner.js'
import type { Io } from '../../io/io.js'
import { writeBytes } from '../../io/output.js'

interface KeygenOptions extends CommonOptions {
  readonly out: string
  readonly publicKey?: string
}

export function keygenCommand(io: Io): Command {
  const command = describeCommand(
    'keygen',
    'Make the key of a member: a file that its owner alone can read, and the public key for a roster',
    'chartseal ledger keygen --out doctor.key --public-key doctor.jwk',
  )
  return command
    .requiredOption('--out <file>', 'the new key, 64 hexadecimal digits')
    .option('--public-key <file>', 'write the public key to this new file, as JWK')
    .action((options: KeygenOptions) => keygen(io, options))
}

async function keygen(io: Io, { out, publicKey, json = false }: KeygenOptions): Promise<void> {
  await writeBytes(io, out, newOwnerKey(io.random).text, { secret: true })
  using key = await readOwnerKey(io, out)
  const point = verifyingKeyOf(key)
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: encodeBase64Url(point) }
  if (publicKey !== undefined) await writeBytes(io, publicKey, `${toJsonText(jwk)}\n`)
  const kid = encodeHex(keyIdOf('Ed25519', point))
  const text = `Member  ${kid}\nKey     ${out}, unencrypted: keep it safe\n`
  await finish(io, { json }, { text, answer: { kid, file: out, jwk } })
}
