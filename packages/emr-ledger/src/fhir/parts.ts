/** The parts that requests and dispensings share, in both releases and both ways. */
import { dosageIn } from './dosage.js'
import type { Element } from './element.js'
import { invalid } from './element.js'
import type { Amount, FhirRelease, Medicine, MedicineCode, Party } from './form.js'
import { Decimal, type FhirMap, type FhirValue } from './json.js'

export function partyMap({ reference, identifier, display }: Party): FhirMap {
  return {
    reference: reference ?? undefined,
    identifier:
      identifier === null ? undefined : { system: identifier.system ?? undefined, value: identifier.value },
    display: display ?? undefined,
  }
}

/** @throws ChartsealError `medication/invalid`, `medication/missing`, `medication/not-kept` */
export function partyIn(element: Element): Party {
  const identifier = element.elementOrNull('identifier')
  const party = {
    reference: element.textOrNull('reference'),
    identifier:
      identifier === null
        ? null
        : { system: uriOrNull(identifier, 'system'), value: identifier.text('value') },
    display: element.textOrNull('display'),
  }
  identifier?.end(['use', 'type', 'period', 'assigner'])
  element.end(['type'])
  if (party.reference === null && party.identifier === null)
    throw invalid(element.path, 'a reference or an identifier: a display alone names nobody')
  return party
}

function uriOrNull(holder: Element, name: string): string | null {
  return holder.has(name) ? holder.uri(name) : null
}

/** R4 has the concept in an element of its own, R5 within `medication`. */
export function medicineMap({ text, codings }: Medicine, release: FhirRelease): FhirMap {
  const concept = { coding: codings.map(codingMap), text }
  return release === 'R4' ? { medicationCodeableConcept: concept } : { medication: { concept } }
}

function codingMap({ system, version, code, display }: MedicineCode): FhirMap {
  return { system, version: version ?? undefined, code, display: display ?? undefined }
}

/** @throws ChartsealError `medication/invalid`, `medication/missing`, `medication/not-kept` */
function medicineIn(resource: Element, release: FhirRelease): Medicine {
  if (release === 'R4') return conceptIn(resource.element('medicationCodeableConcept'))
  const medication = resource.element('medication')
  const medicine = conceptIn(medication.element('concept'))
  medication.end()
  return medicine
}

function conceptIn(concept: Element): Medicine {
  const codings = concept.elements('coding').map(codingIn)
  const text = concept.textOrNull('text') ?? codings.find(({ display }) => display !== null)?.display
  concept.end()
  if (text === undefined || text === null) throw invalid(concept.path, 'a concept that has words')
  return { text, codings }
}

function codingIn(coding: Element): MedicineCode {
  const read = {
    system: coding.uri('system'),
    version: coding.textOrNull('version'),
    code: coding.token('code'),
    display: coding.textOrNull('display'),
  }
  coding.end(['userSelected'])
  return read
}

/** What requests and dispensings say alike: of whom, of what, how it is taken, and notes. */
export interface CommonParts {
  readonly patient: Party
  readonly medicine: Medicine
  readonly dosage: string | null
  readonly notes: readonly string[]
}

/** @throws ChartsealError `medication/invalid`, `medication/missing`, `medication/not-kept`, `medication/not-told` */
export function commonIn(resource: Element, release: FhirRelease): CommonParts {
  return {
    patient: partyIn(resource.element('subject')),
    medicine: medicineIn(resource, release),
    dosage: dosageIn(resource, release),
    notes: notesIn(resource),
  }
}

export function amountMap({ value, unit, coded }: Amount): FhirMap {
  return { value: new Decimal(value), unit: unit ?? undefined, system: coded?.system, code: coded?.code }
}

/** @throws ChartsealError `medication/invalid`, `medication/missing`, `medication/not-kept` */
export function amountIn(quantity: Element): Amount {
  const isCoded = quantity.has('system') || quantity.has('code')
  const coded = isCoded ? { system: quantity.uri('system'), code: quantity.token('code') } : null
  const unit = quantity.textOrNull('unit') ?? coded?.code ?? null
  const value = quantity.decimal('value')
  quantity.end()
  return { value, unit, coded }
}

export function notesMap(notes: readonly string[]): readonly FhirValue[] {
  return notes.map(text => ({ text }))
}

/** Who wrote a note, and when, is passed over. @throws ChartsealError `medication/invalid`, `medication/missing`, `medication/not-kept` */
function notesIn(resource: Element): readonly string[] {
  return resource.elements('note').map(note => {
    const text = note.text('text')
    note.end(['authorReference', 'authorString', 'time'])
    return text
  })
}
