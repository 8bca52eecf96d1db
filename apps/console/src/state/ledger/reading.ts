/** The step between a form and a signature: what is signed is read first, and nothing else is on the screen. */
import type { PreparedRecord } from '@chartseal/clinic/prescriptions'
import { equal } from '@chartseal/core/bytes'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { type Signal, signal } from '@preact/signals'
import { deskOf } from '../../ledger/desk.js'
import { signHere } from '../../ledger/settle.js'
import type { Session } from '../session.js'
import { createTask, type Task } from '../task.js'

/** What a person reads before they sign. */
export interface Reading {
  readonly text: { readonly en: string; readonly es: string }
  /** Whether the same medicine is open for the same patient, as far as this device knows. */
  readonly isDouble: boolean
}

export interface Signing {
  readonly task: Task
  /** `null` while nothing is to be signed. */
  readonly reading: Signal<Reading | null>
  /** What is to be signed: from now on it is read. */
  read(
    prepare: () => Promise<{ readonly record: PreparedRecord; readonly isDouble: boolean }>,
  ): Promise<boolean>
  /** Signs what is read, once; gives the id of the record, which is in the book then, or `null`. */
  sign(): Promise<string | null>
  /** Nothing is signed. */
  leave(): void
}

export function createSigning(session: Session): Signing {
  const task = createTask(session)
  const reading = signal<Reading | null>(null)
  let prepared: PreparedRecord | null = null
  const leave = (): void => {
    prepared = null
    reading.value = null
  }
  return {
    task,
    reading,
    leave,
    read: prepare =>
      task.run(async () => {
        leave()
        const { record, isDouble } = await prepare()
        prepared = record
        reading.value = { text: record.prepared.text, isDouble }
      }),
    async sign() {
      const signed = prepared
      if (signed === null) return null
      const isSent = await task.run(() => signHere(session, signed))
      session.poke()
      // What was stored is signed, whatever became of it then.
      if (!isSent && !(await isInBook(session, signed))) return null
      leave()
      return encodeBase64Url(signed.prepared.digest)
    },
  }
}

async function isInBook(session: Session, { prepared }: PreparedRecord): Promise<boolean> {
  const { shelf } = await deskOf(session)
  return shelf.book().errands.some(({ record }) => equal(record.txid, prepared.digest))
}
