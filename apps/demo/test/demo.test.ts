import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runsOf, sharedFolder, vectorFolder } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { readBundle } from '../dist/input/bundle.js'
import { isPart10, syntheticImage } from '../dist/input/dicom.js'
import { linkBundle } from '../dist/links/content.js'
import { published, publishedSecret, publishedShares } from '../dist/steps/compatibility.js'
import { emptyFolder, run } from './run.js'

const quick = ['--difficulty', `${runsOf(20, 12)}`]
/** What a bundle holds is nothing to the conference, the server and the laboratory, which take longest. */
const papersOnly = [...quick, '--patients', '0', '--no-server', '--no-laboratory']

interface Told {
  readonly title: string
  readonly events: readonly { kind: string; text: string; held?: boolean; answer?: string }[]
}

async function tell(...args: readonly string[]): Promise<{ answer: Record<string, unknown>; steps: Told[] }> {
  const { stdout } = await run([...papersOnly, ...args, '--json'])
  const answer = JSON.parse(stdout)
  return { answer, steps: answer.steps }
}

function writeBundle(...resources: readonly unknown[]): string {
  const file = join(emptyFolder(), 'bundle.json')
  const entry = resources.map(resource => ({ resource }))
  writeFileSync(file, JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry }))
  return file
}

describe('the demo', () => {
  it('tells the whole story, and every check and attack holds', async () => {
    const cwd = emptyFolder()
    // What a user has set for a clinic of their own is nothing to that of the story.
    const env = { CHARTSEAL_DATA: '/dev/null/clinic', CHARTSEAL_HOST: '0.0.0.0', PORT: '1' }
    const { stdout } = await run([...quick, '--json', '--keep', 'all'], { cwd, env })
    const answer = JSON.parse(stdout)
    const steps: Told[] = answer.steps
    expect(steps).toHaveLength(14)
    expect(answer).toMatchObject({ ok: true, failed: 0 })
    expect(answer.kept.map(({ name }: { name: string }) => name)).toContain('clinic')
    expect(readdirSync(join(cwd, 'all/clinic'))).toContain('log')
    for (const { events } of steps) {
      expect(events.some(event => event.kind === 'check')).toBe(true)
      expect(events.some(event => event.kind === 'attack')).toBe(true)
      for (const event of events) expect(event).not.toMatchObject({ held: false })
    }
    const texts = steps.flatMap(({ events }) => events).map(({ text }) => text)
    expect(texts).toContain('Number 4 was too long: The prescription is 272 bytes long, more than 200.')
    expect(texts.some(text => text.includes('ready for any chat: [CHARTSEAL:v2:'))).toBe(true)
    expect(texts).toContain("the patient's id is on none of them")
    expect(texts).toContain('both counters say: nothing left')
    const codes = new Set(steps.flatMap(({ events }) => events).flatMap(({ answer: code }) => code ?? []))
    for (const code of [
      'keyring/pairing-void',
      'keyring/no-such-key',
      'message/wrong-set',
      'team/before-joining',
      'team/not-in',
      'team/after-removal',
      'chunked/truncated',
      'signature/replayed',
      'signature/digest',
      'invitation/unknown',
      'audit/bad-receipt',
      'grants/older',
      'grants/other-owner',
      'shl/wrong-passcode',
      'SHLDecryptionError',
      'break-glass/no-witness',
      'break-glass/broken-history',
      'prescription/not-issued',
      'ledger/bundle-behind',
      'ledger/records-root',
      'waiting',
      'never',
    ])
      expect(codes).toContain(code)
    expect(texts.find(text => text.startsWith('1 text refused as too long'))).toMatch(
      /: "See MedicationRequest\/demo-order-4, SHA-256 [0-9a-f]{64}"$/,
    )
  })

  it('is readable, with a table at the end, and takes a bundle without any resource', async () => {
    const { stdout, exitCode } = await run([...papersOnly, '--bundle', writeBundle()], {
      isTerminal: true,
    })
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/All \d+ checks held, and all \d+ attacks were refused by name\./)
    expect(stdout).toContain('Patient  a patient without a name')
    expect(stdout).toContain('\u001b[32mchecked\u001b[39m')
  })

  it('leaves with --keep what it made, and tells with --quiet the table alone, for resources without content', async () => {
    const resources = ['MedicationRequest', 'Observation'].map(resourceType => ({ resourceType }))
    const bundle = writeBundle({ resourceType: 'Patient', name: [{ text: '\u200b' }] }, ...resources)
    const cwd = emptyFolder()
    const { stdout, exitCode } = await run(
      [...papersOnly, '--bundle', bundle, '--quiet', '--keep', 'my demo'],
      {
        cwd,
      },
    )
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^\nStep +checked/)
    expect(stdout).not.toMatch(/^ {3}(checked|refused) /m)
    const named = [...stdout.matchAll(/^ {2}(\S+) {2,}\S/gm)].flatMap(([, name = '']) => name)
    const made = readdirSync(join(cwd, 'my demo'))
    expect([...new Set(named.map(name => name.split('/')[0]))].sort()).toEqual(made.sort())
    expect(statSync(join(cwd, 'my demo')).mode & 0o777).toBe(0o700)
    const looks = stdout.match(/^ {2}npm run -s chartseal -- .*$/gm)
    expect(looks).toContain("  npm run -s chartseal -- explain 'my demo/note.sealed'")
    expect(looks).toHaveLength(9)
    const again = await run([...quick, '--keep', 'my demo'], { cwd })
    expect(again).toMatchObject({ exitCode: 2, stdout: '' })
    expect(again.stderr).toContain('my demo must be empty or not there yet')
  })

  it('refuses what is not a bundle or not DICOM', async () => {
    const file = join(emptyFolder(), 'patient.json')
    writeFileSync(file, '{"resourceType": "Patient"}')
    for (const [option, code] of [
      ['--bundle', 'demo/not-a-bundle'],
      ['--dicom', 'demo/not-dicom'],
    ] as const) {
      const { exitCode, stdout } = await run([option, file, '--json'])
      expect(exitCode).toBe(1)
      expect(JSON.parse(stdout)).toMatchObject({ ok: false, code })
      expect((await run([option, file])).stderr).toContain(`(${code})`)
    }
  })

  it('refuses impossible numbers as usage', async () => {
    for (const args of [
      ['--difficulty', '0'],
      ['--difficulty', '2e3'],
      ['--patients', '4'],
      ['--patients', '51'],
      ['--bundle', '/no/such/file'],
      ['--keep', '/dev/null/folder'],
      ['--bogus'],
    ]) {
      expect(await run(args)).toMatchObject({ exitCode: 2, stdout: '' })
    }
  })

  const shared = sharedFolder('data')
  it.skipIf(shared === null)('takes a real bundle and a real image', async () => {
    const bundle = join(shared ?? '', 'synthea', 'patient-angelic-mueller.json')
    const dicom = join(shared ?? '', 'dicom', 'CT_small.dcm')
    const { answer, steps } = await tell('--bundle', bundle, '--dicom', dicom)
    expect(answer).toMatchObject({ ok: true })
    expect(JSON.stringify(steps)).toContain('2 prescriptions')
    expect(JSON.stringify(steps)).toContain('9 left out, as its status is stopped: MedicationRequest/')
  })
})

describe('what a link carries of a bundle', () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

  it('is all of it, without a byte order mark', () => {
    expect(linkBundle(bytes('\ufeff{"resourceType":"Bundle"}'))).toEqual(bytes('{"resourceType":"Bundle"}'))
  })

  it('is what fits of one that is too large', () => {
    const entry = ['a', 'b', 'c'].map(id => ({ resource: { resourceType: 'Basic', id } }))
    const large = bytes(JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry }))
    for (const [limit, ids] of [
      [large.length, ['a', 'b', 'c']],
      [large.length - 1, ['a', 'b']],
      [60, []],
    ] as const) {
      const part = linkBundle(large, limit)
      expect(part.length).toBeLessThanOrEqual(limit)
      const found = JSON.parse(new TextDecoder().decode(part)).entry
      expect(found.map((one: (typeof entry)[0]) => one.resource.id)).toEqual(ids)
    }
    expect(linkBundle(bytes(`{"resourceType":"Bundle","x":"${'y'.repeat(99)}"}`), 60).length).toBeLessThan(61)
  })
})

describe('a bundle', () => {
  const read = (value: unknown) => readBundle(new TextEncoder().encode(JSON.stringify(value)))

  it('may lack everything, and what is not a resource is passed over', () => {
    expect(read({ resourceType: 'Bundle' })).toMatchObject({ results: [], orders: [] })
    const entry = [7, null, {}, { resource: [] }, { resource: { resourceType: 'X' } }]
    expect([...read({ resourceType: 'Bundle', entry }).kinds]).toEqual([['X', 1]])
  })

  it.each([
    ['Ana Lima', { name: [{ given: ['Ana'], family: 'Lima' }] }],
    ['Ana', { name: [{ text: 'Ana', family: 'Lima' }] }],
    ['a patient without a name', { name: 'Ana' }],
  ])('names %s', (name, fields) => {
    const entry = [{ resource: { resourceType: 'Patient', ...fields } }]
    expect(read({ resourceType: 'Bundle', entry }).patient.name).toBe(name)
  })

  it('may begin with a byte order mark; what is something else is named', async () => {
    const bytes = new TextEncoder().encode('\ufeff{"resourceType":"Bundle"}')
    expect(readBundle(bytes).orders).toEqual([])
    for (const [text, found] of [
      ['<Bundle/>', 'XML'],
      ['{"resourceType":"Patient"}\n{"resourceType":"Patient"}\n', 'NDJSON'],
      ['{"resourceType":"Patient"}', 'one Patient'],
      ['[]', 'something else'],
    ] as const) {
      expect(() => readBundle(new TextEncoder().encode(text))).toThrow(found)
    }
  })

  it('takes names and ids that no format likes, and says what is not signed, and why', async () => {
    const odd = { id: '7', name: [{ text: `  \u200bA\u0007n\u202ea ${'x'.repeat(300)}` }] }
    const long = { resourceType: 'Observation', status: 'final', valueString: '\u{1f489}'.repeat(40_000) }
    const order = { resourceType: 'MedicationRequest', status: 'active', intent: 'order' }
    const named = { ...order, medicationCodeableConcept: { text: 'Aspirin' } }
    const file = writeBundle(
      { resourceType: 'Patient', ...odd },
      long,
      { ...named, id: 'good' },
      { ...named, id: 'old', status: 'stopped' },
      { ...order, id: 'nameless' },
      { ...order, id: 'five', medication: { concept: { text: 'Lisinopril' } } },
      { resourceType: 'Observation', id: 'wrong', status: 'entered-in-error' },
    )
    const { answer, steps } = await tell('--bundle', file)
    expect(answer).toMatchObject({ ok: true, failed: 0 })
    const text = JSON.stringify(steps)
    expect(text).toContain('The bundle holds 4 MedicationRequests')
    for (const told of [
      '2 prescriptions',
      'Left out, as its status is stopped: MedicationRequest/old',
      'Left out, as its medication has no name: MedicationRequest/nameless',
      'Left out, as its status is entered-in-error: Observation/wrong',
      '1 order written in FHIR R5',
    ]) {
      expect(text).toContain(told)
    }
    expect(text).not.toContain('without a name. ')
  })
})

describe('what the demo calls published', () => {
  const cases = (name: string) =>
    JSON.parse(readFileSync(join(vectorFolder('seeds'), `${name}.json`), 'utf8')).cases

  it('are results of the published code', () => {
    const { key, patientId: patient_id, text: plaintext, sealed: wire } = published
    expect(cases('medcrypt-wire')).toContainEqual(
      expect.objectContaining({ key, patient_id, plaintext, wire }),
    )
    const shares = publishedShares.map(({ x, y }) => ({ x, y: Buffer.from(y).toString('hex') }))
    expect(cases('medcrypt-shamir')).toContainEqual(
      expect.objectContaining({ secret: publishedSecret, shares }),
    )
  })
})

describe("the demo's own image", () => {
  it('is DICOM Part 10 of explicit little-endian elements in order, with 64 by 64 pixels', () => {
    const image = syntheticImage()
    expect(isPart10(image)).toBe(true)
    const view = new DataView(image.buffer)
    const tags: number[] = []
    let at = 132
    while (at < image.length) {
      tags.push(view.getUint16(at, true) * 65536 + view.getUint16(at + 2, true))
      const long = image[at + 4] === 0x4f && image[at + 5] === 0x42
      const length = long ? view.getUint32(at + 8, true) : view.getUint16(at + 6, true)
      expect(length % 2).toBe(0)
      at += (long ? 12 : 8) + length
    }
    expect(at).toBe(image.length)
    expect(tags).toEqual([...tags].sort((a, b) => a - b))
    expect(tags.at(-1)).toBe(0x7fe00010)
  })

  it('is told from files that are cut short', () => {
    expect(isPart10(syntheticImage().subarray(0, 131))).toBe(false)
  })
})

describe("the demo's own bundle", () => {
  it('is marked as test data', () => {
    const text = readFileSync(new URL('../data/demo-bundle.json', import.meta.url), 'utf8')
    expect(JSON.parse(text).meta.tag[0].code).toBe('HTEST')
  })
})
