/** A book as bytes. Byte table: docs/spec/ledger-v2.md, "Book". */
import { CborFields } from '@chartseal/core/cbor'
import { type CborValue, encodeCbor } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { decodeAnchor, decodeRecord, encodeAnchor } from '@chartseal/emr-ledger'
import type { Book, Errand, ErrandStage } from './book.js'
import { prescriptionError } from './errors.js'

const stages: readonly ErrandStage[] = ['signed', 'taken', 'final', 'refused', 'never']

/** Secret: it holds the content of prescriptions. */
export function encodeBook({ anchor, errands }: Book): Uint8Array {
  return encodeCbor({ v: 2, anchor: encodeAnchor(anchor), errands: errands.map(errandValue) })
}

function errandValue({ record, content, stage, code }: Errand): CborValue {
  const errand = { record: record.bytes, stage, code }
  if (content === null) return errand
  const { rs, body, patientId } = content
  return { ...errand, content: { rs, body, patient: patientId } }
}

/** @throws ChartsealError `prescription/book` */
export function decodeBook(bytes: Uint8Array): Book {
  return readingBook(() => {
    const map = CborFields.decode(bytes, ['v', 'anchor', 'errands'])
    map.count('v', 2, 2)
    const errands = map.maps('errands', ['record', 'stage', 'code'], ['content']).map(errandIn)
    return { anchor: decodeAnchor(map.bytes('anchor')), errands }
  })
}

/** One errand, for a book whose errands are stored one by one. Secret, as a book is. */
export function encodeErrand(errand: Errand): Uint8Array {
  return encodeCbor({ v: 2, errand: errandValue(errand) })
}

/** @throws ChartsealError `prescription/book` */
export function decodeErrand(bytes: Uint8Array): Errand {
  return readingBook(() => {
    const map = CborFields.decode(bytes, ['v', 'errand'])
    map.count('v', 2, 2)
    return errandIn(map.map('errand', ['record', 'stage', 'code'], ['content']))
  })
}

function readingBook<Result>(read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ChartsealError) || error.code === 'prescription/book') throw error
    throw prescriptionError('prescription/book', { reason: error.message })
  }
}

function errandIn(map: CborFields): Errand {
  const stage = stages.find(known => known === map.text('stage'))
  if (stage === undefined) throw prescriptionError('prescription/book', { reason: 'a stage is unknown' })
  const content = map.has('content') ? map.map('content', ['rs', 'body', 'patient']) : null
  return {
    record: decodeRecord(map.bytes('record')),
    content:
      content === null
        ? null
        : { rs: content.bytes('rs', 32), body: content.bytes('body'), patientId: content.text('patient') },
    stage,
    code: map.text('code', 128),
  }
}
