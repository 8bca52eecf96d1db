import { openLink } from '@chartseal/ipfs-envelope/shl'
import { describe, expect, it } from 'vitest'
import { maxLinkFileBytes } from '../dist/records/links.js'
import { createLinkForm, createLinkScreen } from '../dist/state/link.js'
import { createRecordsScreen } from '../dist/state/records.js'
import type { FakeClinic } from './fake-clinic.js'
import { type Person, relocked, sessionOf } from './people.js'
import { contentOf, covered, fileOf } from './records-stage.js'

const bundle = {
  resourceType: 'Bundle',
  type: 'collection',
  entry: [{ resource: { resourceType: 'Patient' } }],
}
const jsonFile = (value: object) =>
  new File([JSON.stringify(value)], 'summary.json', { type: 'application/json' })

async function made(
  person: Person,
  file: File,
  fill: (form: ReturnType<typeof createLinkForm>) => void = () => undefined,
) {
  const form = createLinkForm(sessionOf(person))
  form.take(file)
  fill(form)
  const id = await form.make()
  if (id === null) throw form.task.error.value
  const screen = createLinkScreen(sessionOf(person), id)
  await screen.load()
  return { id, screen }
}

/** As a client elsewhere that the clinic answers: the first file, direct. */
async function readAsOthers(clinic: FakeClinic, id: string, text: string) {
  const { files } = JSON.parse(clinic.records.links.get(id)?.body ?? '{}')
  const fetch = async () => new Response(files[0].jwe, { headers: { 'content-type': 'application/jose' } })
  // The origin of this clinic is a name of this machine.
  const asked = { recipient: 'Dr. Who', fetch, nowMs: Date.now(), local: true }
  const { files: opened } = await openLink(text, asked)
  return JSON.parse(new TextDecoder().decode(opened[0]?.content))
}

describe('a SMART Health Link', () => {
  it('opens for others as the FHIR bundle that it was made of, and no key is at the clinic', async () => {
    const { clinic, patient } = await covered()
    const { id, screen } = await made(patient, jsonFile(bundle), form => {
      form.isDirect.value = true
      form.label.value = 'Rosa, summary'
    })
    const link = screen.link.value
    expect(link).toMatchObject({ isStored: true, flag: 'U', name: 'Rosa, summary' })
    const text = link?.text ?? ''
    expect(await readAsOthers(clinic, id, text)).toEqual(bundle)
    const { key } = JSON.parse(Buffer.from(text.replace('shlink:/', ''), 'base64url').toString())
    expect(Buffer.concat(clinic.seen).includes(key)).toBe(false)
  })

  it('packs what is no FHIR as a document of a bundle', async () => {
    const { clinic, patient } = await covered()
    const content = contentOf(5_000)
    const { id, screen } = await made(patient, fileOf(content, 'skin.png', 'image/png'), form => {
      form.isDirect.value = true
    })
    const found = await readAsOthers(clinic, id, screen.link.value?.text ?? '')
    const { attachment } = found.entry[0].resource.content[0]
    expect(attachment).toMatchObject({ contentType: 'image/png', title: 'skin.png' })
    expect(Buffer.compare(Buffer.from(attachment.data, 'base64'), content)).toBe(0)
  })

  it('has a passcode as a verifier alone, and is never direct with one', async () => {
    const { clinic, patient } = await covered()
    const { id, screen } = await made(patient, jsonFile(bundle), form => {
      form.passcode.value = 'heron 7'
      form.isDirect.value = form.isLongTerm.value = true
    })
    expect(screen.link.value?.flag).toBe('LP')
    const body = JSON.parse(clinic.records.links.get(id)?.body ?? '{}')
    expect([body.flags, body.passcode.startsWith('pbkdf2-sha256:')]).toEqual(['LP', true])
    expect(Buffer.concat(clinic.seen).includes('heron 7')).toBe(false)
  })

  it('waits on disk without a network, and is sent when there is one', async () => {
    const { clinic, patient } = await covered()
    clinic.network = 'down'
    const { id, screen } = await made(patient, jsonFile(bundle))
    expect([screen.link.value?.isStored, screen.accesses.value]).toEqual([false, null])
    clinic.network = 'up'
    await relocked(patient)
    await sessionOf(patient).settle()
    expect(clinic.records.links.has(id)).toBe(true)
    const records = createRecordsScreen(sessionOf(patient))
    await records.load()
    expect(records.links.value.map(one => [one.id, one.isStored, one.body.length])).toEqual([[id, true, 0]])
  })

  it('is ended: its text is gone here at once, and at the clinic when that answers', async () => {
    const { clinic, patient } = await covered()
    const { id, screen } = await made(patient, jsonFile(bundle))
    clinic.network = 'down'
    await screen.end()
    expect(screen.link.value).toMatchObject({ text: '', isEnding: true, endedMs: 0 })
    clinic.network = 'up'
    await sessionOf(patient).settle()
    expect(clinic.records.links.get(id)?.endedMs).toBe(1)
    await screen.load()
    expect(screen.link.value?.endedMs).toBeGreaterThan(0)
  })

  it('that the clinic never had is ended all the same', async () => {
    const { clinic, patient } = await covered()
    clinic.network = 'down'
    const { screen } = await made(patient, jsonFile(bundle))
    await screen.end()
    clinic.network = 'up'
    await sessionOf(patient).settle()
    await screen.load()
    expect(screen.link.value?.missingMs).toBeGreaterThan(0)
    patient.platform.aheadMs = 61_000
    await sessionOf(patient).settle()
    await screen.load()
    expect(screen.link.value?.endedMs).toBeGreaterThan(0)
    expect(clinic.records.links.size).toBe(0)
  })

  it('that comes to the clinic after it was ended here is ended there, too', async () => {
    const { clinic, patient } = await covered()
    let held = ''
    clinic.between = request => {
      if (!request.url.includes('/v1/links/') || request.method !== 'PUT') return null
      held = new URL(request.url).pathname.split('/')[3] ?? ''
      throw new TypeError('network')
    }
    const { id, screen } = await made(patient, jsonFile(bundle))
    expect(held).toBe(id)
    clinic.between = null
    await screen.end()
    expect([screen.link.value?.isEnding, screen.link.value?.endedMs]).toEqual([true, 0])
    // What something in between had kept arrives now.
    clinic.records.links.set(id, { by: sessionOf(patient).device.kid, body: '', endedMs: null, accesses: [] })
    await sessionOf(patient).settle()
    expect(clinic.records.links.get(id)?.endedMs).toBe(1)
    await screen.load()
    expect(screen.link.value?.endedMs).toBeGreaterThan(0)
  })

  it('asks anew for how long the clinic has missed it when the clock of the device was set back', async () => {
    const { patient, clinic } = await covered()
    clinic.network = 'down'
    const { screen } = await made(patient, jsonFile(bundle))
    await screen.end()
    clinic.network = 'up'
    await screen.tryAgain()
    const before = screen.link.value?.missingMs ?? 0
    patient.platform.aheadMs = -10_000
    await screen.tryAgain()
    expect(before).toBeGreaterThan(0)
    expect(screen.link.value?.missingMs).toBeLessThan(before)
    expect(screen.link.value?.endedMs).toBe(0)
  })

  it('says why the clinic refused it, and is sent when a person tries again', async () => {
    const { clinic, patient } = await covered()
    clinic.between = request =>
      request.url.includes('/v1/links/') ? Response.json({ code: 'link/invalid' }, { status: 400 }) : null
    const { screen } = await made(patient, jsonFile(bundle))
    expect(screen.link.value?.why).toBe('link/invalid')
    clinic.between = null
    await screen.tryAgain()
    expect(screen.link.value?.why).toBe('link/invalid')
  })

  it('shows who used it, the newest first, and refuses an answer in another order', async () => {
    const { clinic, patient } = await covered()
    const { id, screen } = await made(patient, jsonFile(bundle))
    const used = (position: number, kind: string) => ({
      ...{ position, kind, at_ms: position, recipient: `Dr. ${position}`, file: null, index: position },
    })
    clinic.records.links.get(id)?.accesses.push(used(1, 'wrong-passcode'), used(4, 'manifest'))
    await screen.load()
    expect(screen.accesses.value?.map(one => [one.position, one.kind])).toEqual([
      [4, 'manifest'],
      [1, 'wrong-passcode'],
    ])
    for (const wrong of [used(2, 'file'), used(9, 'magic')]) {
      clinic.records.links.get(id)?.accesses.push(wrong)
      await screen.load()
      expect(screen.task.error.value).toMatchObject({ code: 'console/bad-answer' })
      clinic.records.links.get(id)?.accesses.pop()
    }
  })

  it('is not made of a file that is too large, nor under an id that is not here', async () => {
    const { patient } = await covered()
    const form = createLinkForm(sessionOf(patient))
    form.take(fileOf(contentOf(maxLinkFileBytes + 1)))
    expect(form.task.error.value).toMatchObject({ code: 'console/too-large' })
    expect([form.isReady.value, await form.make()]).toEqual([false, null])
    const screen = createLinkScreen(sessionOf(patient), 'A'.repeat(43))
    await screen.load()
    expect(screen.task.error.value).toMatchObject({ code: 'console/record-gone' })
  })
})
