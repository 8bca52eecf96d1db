import { encodeHex } from '@chartseal/core/encoding'
import { DoctorKey } from '@chartseal/emr-ledger/v1'
import type { Command } from 'commander'
import { describeCommand, finish, type OutputOptions, withOutput } from '../../../io/command.js'
import type { Io } from '../../../io/io.js'
import { writeBytes } from '../../../io/output.js'

export function keygenCommand(io: Io): Command {
  const command = describeCommand(
    'keygen',
    'Make the key of a doctor: a PEM file that its owner alone can read',
    'chartseal ledger v1 keygen --out doctor.pem',
  )
  return withOutput(command).action(async (options: OutputOptions) => {
    using key = DoctorKey.generate(io.random)
    const pem = key.toPem()
    const { doctorHash, publicKey } = key
    if (options.out === undefined) {
      const answer = { dr_hash: doctorHash, dr_public_key: publicKey, doctor_private_key_pem: pem }
      return finish(io, options, { text: pem, answer })
    }
    await writeBytes(io, options.out, pem, { force: options.force ?? false, secret: true })
    const { out, json = false } = options
    if (out === '-') return
    const text = `Doctor  ${encodeHex(doctorHash)}\nKey     ${out}, unencrypted: keep it safe\n`
    await finish(io, { json }, { text, answer: { dr_hash: doctorHash, dr_public_key: publicKey, file: out } })
  })
}
