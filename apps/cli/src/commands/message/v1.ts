/** The published format `[MEDCRYPT:v1:…]`, under `--v1`. */

import { clinicError } from '@chartseal/clinic'
import { canonicalId } from '@chartseal/core/text'
import { open, seal } from '@chartseal/wire/v1'
import { finish, type OutputOptions } from '../../io/command.js'
import { UsageError } from '../../io/errors.js'
import { readLine, readText } from '../../io/files.js'
import type { Io } from '../../io/io.js'
import { readKey } from '../../io/secrets.js'
import { pastedIn } from './options.js'

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
  const patientId = canonicalId(options.patient, 'the patient id')
  const message = seal(key, await readText(io, file), patientId, { random: io.random })
  await finish(io, options, { text: `${message}\n`, answer: { message } })
}

export async function openV1(
  io: Io,
  file: string,
  options: KeyOptions & { readonly patient?: string; readonly lenient?: boolean },
): Promise<void> {
  using key = await readKey(io, options.keyFile)
  const { lenient = false } = options
  const text = lenient ? await readLine(io, file) : await pastedV1(io, file)
  const { plaintext, patientId } = open(key, text, {
    lenient,
    ...(options.patient === undefined ? {} : { expectedPatientId: options.patient }),
  })
  await finish(io, options, { text: plaintext, answer: { plaintext, patient_id: patientId }, secret: true })
}

/** @throws UsageError for several messages; ChartsealError `thread/other-version`, `pasted/…` */
async function pastedV1(io: Io, file: string): Promise<string> {
  const [text = '', ...others] = await pastedIn(io, file, ['message-v1', 'message', 'part'])
  if (text.startsWith('[CHARTSEAL:')) {
    throw clinicError('thread/other-version', { hint: 'Open it with --ring and without --v1.' })
  }
  if (others.length > 0) throw new UsageError('more than one message was given')
  return text
}
