import { describe, expect, it } from 'vitest'
import { ask, noonMs } from './client.js'

const key = '2a'.repeat(32)
const ts = '2026-07-15T12:00:00+00:00'

describe('interop, audit log of the seed', () => {
  const event = { actor: 'Dr. A', action: '', patient_id: 'ü\n' }

  it('writes with the time of the clock, and reads', async () => {
    const { records } = await ask({ op: 'audit-write', log_key: key, entries: [event, event] })
    expect(await ask({ op: 'audit-read', log_key: key, records })).toEqual({
      ok: true,
      entries: [
        { ts, ...event },
        { ts, ...event },
      ],
    })
    expect(new Date(noonMs).toISOString()).toBe('2026-07-15T12:00:00.000Z')
  })

  it('answers a bad record with its code', async () => {
    const { records } = await ask({ op: 'audit-write', log_key: key, entries: [event] })
    const [good] = Array.isArray(records) ? records : []
    const read = (list: unknown[], more = {}): ReturnType<typeof ask> =>
      ask({ op: 'audit-read', log_key: key, records: list, ...more })
    expect(await read([good, 'MTIz'])).toEqual({ ok: false, code: 'audit/too-short' })
    expect(await read([`${good}\n`])).toEqual({ ok: false, code: 'audit/not-base64' })
    expect(await read([`${good}\n`], { lenient: true })).toMatchObject({ ok: true })
    expect(await read([good], { log_key: '00'.repeat(32) })).toEqual({ ok: false, code: 'open/failed' })
    expect(await read([])).toEqual({ ok: true, entries: [] })
  })
})
