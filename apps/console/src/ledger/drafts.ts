/** Prescriptions that were begun and not signed: one for each patient, sealed. */
import { CborFields } from '@chartseal/core/cbor'
import { encodeCbor } from '@chartseal/core/encoding'
import type { Unlocked } from '../pairs/pairs.js'
import { emptyForm, formFields, type RxForm } from './form.js'

const rxDraftPrefix = 'rx-draft/'
const keyOf = (pairId: string): string => `${rxDraftPrefix}${pairId}`

export async function readRxDraft({ rows }: Unlocked, pairId: string): Promise<RxForm> {
  const bytes = await rows.get(keyOf(pairId))
  if (bytes === null) return emptyForm
  const map = CborFields.decode(bytes, ['v', ...formFields])
  map.count('v', 1, 1)
  const [medicine, dosage, quantity, unit] = [
    text(map, 'medicine'),
    text(map, 'dosage'),
    text(map, 'quantity'),
    text(map, 'unit'),
  ]
  return {
    medicine,
    dosage,
    quantity,
    unit,
    repeats: text(map, 'repeats'),
    until: text(map, 'until'),
    note: text(map, 'note'),
  }
}

const text = (map: CborFields, field: keyof RxForm): string => map.text(field, maxTextBytes)
const maxTextBytes = 16_384

export async function keepRxDraft({ rows }: Unlocked, pairId: string, form: RxForm | null): Promise<void> {
  await rows.write([[keyOf(pairId), form === null ? null : encodeCbor({ v: 1, ...form })]])
}

/** Pairs of which something was begun. */
export async function pairsWithDraft({ rows }: Unlocked): Promise<readonly string[]> {
  return (await rows.keys(rxDraftPrefix)).map(key => key.slice(rxDraftPrefix.length))
}
