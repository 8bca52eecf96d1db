import { encodeCbor } from '@chartseal/core/encoding'
import { systemRandom as random } from '@chartseal/core/system'
import { beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../dist/state/app.js'
import { indexedRows } from '../dist/store/indexed-rows.js'
import { memoryRows } from '../dist/store/rows.js'
import { sealedRows } from '../dist/store/sealed-rows.js'
import { errorText } from '../dist/text/error-text.js'
import { languages, loadWords, textsOf } from '../dist/text/texts.js'
import { createVault, unlockByPassphrase } from '../dist/vault/vault.js'
import { fakeClinic } from './fake-clinic.js'
import { passphrase } from './fake-platform.js'
import { pairOf, twoPeople } from './people.js'

beforeAll(() => Promise.all(languages.map(loadWords)))

type Handler = (() => void) | null

class FakeDatabase {
  onversionchange: Handler = null
  onclose: Handler = null
  isClosed = false
  close(): void {
    this.isClosed = true
  }
}

/** An IndexedDB that opens with this database, or fails with this error. */
function factoryOf(result: FakeDatabase | DOMException): IDBFactory {
  const open = () => {
    const request = { result, error: result, onsuccess: null as Handler, onerror: null as Handler }
    queueMicrotask(() => (result instanceof DOMException ? request.onerror?.() : request.onsuccess?.()))
    return request
  }
  return Object.assign(Object.create(null), { open })
}

describe('storage that does not open', () => {
  it.each([
    ['SecurityError', 'console/no-storage'],
    ['InvalidStateError', 'console/no-storage'],
    ['VersionError', 'console/newer-page'],
  ])('is refused with a code of its own (%s)', async (name, code) => {
    const opening = indexedRows('x', () => undefined, factoryOf(new DOMException('no', name)))
    await expect(opening).rejects.toMatchObject({ code })
  })

  it('lets a newer page have it, and tells that this one is to be loaded again', async () => {
    const database = new FakeDatabase()
    const lost: unknown[] = []
    await indexedRows('x', reason => lost.push(reason), factoryOf(database))
    database.onversionchange?.()
    expect(database.isClosed).toBe(true)
    database.onclose?.()
    expect(lost).toMatchObject([{ code: 'console/newer-page' }, { code: 'console/storage-closed' }])
    for (const language of languages)
      for (const reason of lost)
        expect(
          errorText(
            reason,
            textsOf(language, () => 0),
          ),
        ).not.toContain('console/')
  })
})

describe('rows of a newer page', () => {
  it.each(['pair', 'message', 'outbox', 'held'])(
    'are neither read nor taken for damaged (%s)',
    async kind => {
      const rows = memoryRows()
      const { doctor } = await twoPeople(fakeClinic())
      const key = await createVault({ ...doctor.app.vault, rows }, passphrase)
      const sealed = sealedRows(rows, key, random)
      await sealed.write([[`${kind}/x`, encodeCbor({ v: 3, more: 'things' })]])
      const read = async (): Promise<unknown> => {
        const { decodePair } = await import('../dist/pairs/pair-row.js')
        const { decodeMessageRow } = await import('../dist/thread/message-row.js')
        if (kind === 'pair') return sealed.readOnce('pair/', new Map(), decodePair)
        if (kind === 'message') return sealed.readOnce('message/', new Map(), decodeMessageRow)
        return sealed.range(`${kind}/`)
      }
      await expect(read()).rejects.toMatchObject({ code: 'console/newer-page' })
      expect(sealed.damaged.size).toBe(0)
    },
  )

  it('keep an older page from opening the device', async () => {
    const { doctor } = await twoPeople(fakeClinic())
    const { rows } = doctor.platform
    const key = await unlockByPassphrase(doctor.app.vault, passphrase)
    await sealedRows(rows, key, random).write([[`pair/${pairOf(doctor)}`, encodeCbor({ v: 3 })]])
    const app = createApp(doctor.platform)
    await app.start()
    await expect(app.unlock(passphrase)).rejects.toMatchObject({ code: 'console/newer-page' })
    expect(app.status.value).toBe('locked')
  })
})
