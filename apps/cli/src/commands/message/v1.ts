/** The published format `[MEDCRYPT:v1:…]`, under `--v1`. */

import { clinicError } from '@chartseal/clinic'
import { open, seal } from '@chartseal/wire/v1'
import { finish, type OutputOptions } from '../../io/command.js'
import { readLine, readText } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { readKey } from '../../io/secrets.js'

interface KeyOptions extends OutputOptions {
  readonly keyFile?: string
}

/** The patient id stays readable in the message. */
export async function sealV1(
  io: Io,
  file: string,
  options: KeyOptions & { readonly patient: string },
): Promise<void> {
  using key = await readKey(io, options.keyFile)
  const message = seal(key, await readText(io, file), options.patient, { random: io.random })
  await finish(io, options, { text: `${message}\n`, answer: { message } })
}

export async function openV1(
  io: Io,
  file: string,
  options: KeyOptions & { readonly patient?: string; readonly lenient?: boolean },
): Promise<void> {
  using key = await readKey(io, options.keyFile)
  const line = await readLine(io, file)
  if (line.startsWith('[CHARTSEAL:')) {
    throw clinicError('thread/other-version', { hint: 'Open it with --ring and without --v1.' })
  }
  const { plaintext, patientId } = open(key, line, {
    lenient: options.lenient ?? false,
    ...(options.patient === undefined ? {} : { expectedPatientId: options.patient }),
  })
  await finish(io, options, { text: plaintext, answer: { plaintext, patient_id: patientId }, secret: true })
}
