/** A doctor and a patient at a clinic with a ledger. */
import { expect } from 'vitest'
import { type FormField, formFields } from '../dist/ledger/form.js'
import { createPrescribing, type Prescribing } from '../dist/state/ledger/prescribing.js'
import { createSlipsScreen, type SlipsScreen } from '../dist/state/ledger/slips.js'
import { sessionOf } from './people.js'
import { covered, type Stage } from './records-stage.js'
import { ServedLedger } from './served-ledger.js'

export const medicine = 'Planted 500 mg of a medicine'

const filled: Filled = {
  medicine,
  dosage: 'One each 8 hours',
  quantity: '10',
  unit: 'tablets',
  repeats: '1',
  until: '2099-12-31',
}

export type Filled = Partial<Record<FormField, string>>

export interface RxStage extends Stage {
  readonly ledger: ServedLedger
}

export async function rxStage(): Promise<RxStage> {
  const stage = await covered()
  const { publicKey } = sessionOf(stage.doctor).signer
  const ledger = new ServedLedger([{ publicKey, role: 'prescriber' }])
  stage.clinic.between = ledger.answer
  return { ...stage, ledger }
}

export function prescribing({ doctor }: RxStage): Prescribing {
  const session = sessionOf(doctor)
  const [pair] = session.pairs.value
  if (pair === undefined) throw new Error('nobody is paired')
  return createPrescribing(session, pair)
}

export async function fill(screen: Prescribing, fields: Filled = filled): Promise<void> {
  for (const field of formFields) if (fields[field] !== undefined) await screen.write(field, fields[field])
}

/** Written, read and signed; gives the id. */
export async function prescribed(stage: RxStage): Promise<string> {
  const screen = prescribing(stage)
  await fill(screen)
  await screen.goOn()
  return (await screen.sign()) ?? ''
}

/** Looked up, as the patient does. */
export async function slipsOf({ patient }: RxStage): Promise<SlipsScreen> {
  const screen = createSlipsScreen(sessionOf(patient))
  await screen.look()
  expect(screen.task.error.value).toBeNull()
  return screen
}
