import { cpSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fixedClock } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { appended, logWorld, recordLine } from './audit-world.js'
import { noonMs } from './cli.js'
import { codeIn } from './codes.js'

describe('chartseal audit', () => {
  it('keeps what it is told, and an outsider verifies it', async () => {
    const world = await logWorld()
    expect(await appended(world, 'PAT-1', 'PAT-2', 'PAT-1')).toMatchObject({ lines: 3, appended: 3, size: 3 })
    const { entries } = await world.json(['list', 'audit'])
    expect(entries).toMatchObject([
      { seq: 0, kind: 'entry', patient: 'PAT-1', actor: 'Dr. Okafor', purpose_of_use: ['TREAT'] },
      { seq: 1, patient: 'PAT-2' },
      { seq: 2, patient: 'PAT-1' },
    ])
    const verified = await world.run(['verify', 'audit/log', '--key', world.key])
    expect(verified).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Verdict     whole') })
    expect((await world.run(['verify', 'audit/log'])).exitCode).toBe(2)
    expect((await world.json(['list', 'audit', '--patient', 'PAT-1']))['entries']).toHaveLength(2)
  })

  it('takes a repeated id once, and other words under one id not at all', async () => {
    const world = await logWorld()
    const line = recordLine('PAT-1', { id: 'ab'.repeat(16), at: '2026-07-15T12:00:00Z' })
    expect(await world.json(['append', 'audit'], { stdin: `${line}\n\n${line}\n` })).toMatchObject({
      lines: 2,
      size: 1,
    })
    expect(await world.json(['append', 'audit'], { stdin: line })).toMatchObject({ appended: 0, size: 1 })
    const other = line.replace('Observation/7', 'Observation/8')
    expect(codeIn(await world.run(['append', 'audit'], { stdin: other }))).toBe('log/request-conflict')
  })

  it('stops a stream at a bad line, names it, and says which lines are in the log', async () => {
    const world = await logWorld()
    for (const bad of [
      'not JSON',
      '{}',
      recordLine('PAT-1', { colour: 'red' }),
      recordLine('PAT-1', { action: 'sing' }),
      recordLine('PAT-1', { purpose_of_use: ['FUN'] }),
      recordLine('PAT-1', { at: 'soon' }),
      recordLine('PAT-1', { id: 'abcd' }),
      recordLine('PAT-1', { action: 'break-glass-start' }),
    ]) {
      const ran = await world.run(['append', 'audit'], { stdin: `${recordLine('PAT-1')}\n${bad}\n` })
      expect(codeIn(ran), bad).toMatch(/^(json\/invalid|audit\/bad-record)$/)
      expect(ran.stderr).toContain('line 2 of stdin')
      expect(ran.stderr).toContain('In the log are the lines 1.')
    }
    expect((await world.json(['checkpoint', 'audit']))['size']).toBe(8)
  })

  it('takes all lines of a file or none, and says which line is wrong', async () => {
    const world = await logWorld()
    for (const bad of [
      'not JSON',
      recordLine('PAT-1\u200b'),
      recordLine('PAT-1', { at: '2026-02-30T10:00:00Z' }),
      recordLine('PAT-1', { query: '\u4e2d'.repeat(16_384), text: '\u4e2d'.repeat(16_384) }),
    ]) {
      writeFileSync(join(world.cwd, 'events'), `${recordLine('PAT-1')}\n\n${bad}\n${recordLine('PAT-2')}\n`)
      const ran = await world.run(['append', 'audit', 'events'])
      expect(ran.exitCode, bad.slice(0, 50)).toBe(1)
      expect(ran.stderr).toContain('Nothing of this file was appended.')
      expect(ran.stderr).toContain('line 3 of events: ')
    }
    writeFileSync(join(world.cwd, 'latin1'), Buffer.from(recordLine('José'), 'latin1'))
    expect(codeIn(await world.run(['append', 'audit', 'latin1']))).toBe('encoding/invalid')
    expect((await world.json(['checkpoint', 'audit']))['size']).toBe(0)
    expect((await world.run(['append', 'audit', '.'])).stderr).toMatch(/cannot read \.: .*folder/)
  })

  it('goes on with a file where it stopped, and keeps equal events apart', async () => {
    const world = await logWorld()
    const dated = recordLine('PAT-1', { at: '2026-07-15T12:00:00Z' })
    writeFileSync(join(world.cwd, 'day'), `\ufeff${dated}\r\n${dated}\r\n`)
    expect(await world.json(['append', 'audit', 'day'])).toMatchObject({ lines: 2, appended: 2 })
    writeFileSync(join(world.cwd, 'day'), `${dated}\n${dated}\n${dated}\n`)
    expect(await world.json(['append', 'audit', 'day'])).toMatchObject({ lines: 3, appended: 1, size: 3 })
    // Without a time of its own each line is an event of now.
    writeFileSync(join(world.cwd, 'now'), `${recordLine('PAT-1')}\n`)
    for (const size of [4, 5]) expect(await world.json(['append', 'audit', 'now'])).toMatchObject({ size })
  })

  it('logs a forgotten patient again, so that a stream goes on', async () => {
    const world = await logWorld()
    await appended(world, 'PAT-2')
    await world.run(['shred', '--actor', 'A', 'audit', 'PAT-2'])
    expect(await appended(world, 'PAT-2', 'PAT-3')).toMatchObject({ lines: 2, appended: 2 })
  })

  it('has one patient for all spellings of an id, and lists near ones when it forgets', async () => {
    const world = await logWorld()
    await appended(world, '7', 'Patient/7', 'PAT-1', 'pat-1')
    const event = await world.run(['export', 'audit', '--patient', '7', '--fhir', 'R4', '--identify'])
    expect(await world.json(['append', 'audit'], { stdin: event.stdout })).toMatchObject({ size: 6 })
    expect((await world.json(['list', 'audit', '--patient', 'patient/7']))['entries']).toHaveLength(4)
    const told = await world.run(['shred', '--actor', 'A', 'audit', 'PAT-1'])
    expect(told.stderr).toContain('"pat-1"')
    const wrong = await world.run(['shred', '--actor', 'A', 'audit', 'PAT\u20111'])
    expect([codeIn(wrong), wrong.stderr]).toEqual([
      'audit/no-subject-key',
      expect.stringContaining('"pat-1"'),
    ])
    await world.run(['init', '--origin', 'x.example/a', '--patient-ids', 'exact', 'exact'])
    await world.run(['append', 'exact'], { stdin: `${recordLine('7')}\n${recordLine('Patient/7')}\n` })
    expect((await world.json(['list', 'exact', '--patient', '7']))['entries']).toHaveLength(1)
  })

  it('says whose key a verdict rests on, and that a key from the folder proves nothing to others', async () => {
    const world = await logWorld()
    await appended(world, 'PAT-1')
    const id = world.key.split('+').slice(0, 2).join('+')
    const own = await world.run(['verify', 'audit'])
    expect(own.stdout).toContain(`Key         ${id}`)
    expect(own.stdout).toContain('proves nothing to an outsider')
    const trusted = await world.run(['verify', 'audit', '--key', world.key])
    expect(trusted.stdout).not.toContain('outsider')
    expect(await world.json(['verify', 'audit'])).toMatchObject({ key_id: id, key_from_folder: true })
  })

  it('says what is missing: an entry, the keys, an answer', async () => {
    const world = await logWorld()
    await appended(world, 'PAT-1')
    const receipt = await world.run(['receipt', 'make', 'audit', '99'])
    expect([receipt.exitCode, receipt.stderr]).toEqual([
      2,
      expect.stringContaining('the log has 1 entries: there is no entry 99'),
    ])
    expect((await world.run(['prove', 'audit', '--index', '1'])).stderr).toContain('there is no entry 1')
    const nobody = await world.run(['checkpoint', 'http://127.0.0.1:9', '--key', world.key])
    expect(nobody.stderr).toContain('no answer from 127.0.0.1:9')
    renameSync(join(world.cwd, 'audit.keys'), join(world.cwd, 'away'))
    for (const args of [
      ['append', 'audit'],
      ['list', 'audit'],
      ['key', 'audit', 'PAT-1'],
    ]) {
      const ran = await world.run(args, { stdin: recordLine('PAT-1') })
      expect([args[0], codeIn(ran)]).toEqual([args[0], 'audit-folder/no-keys'])
      expect(ran.stderr).toContain('give --keys FOLDER')
    }
    expect((await world.run(['list', 'audit', '--keys', 'away'])).exitCode).toBe(0)
  })

  it('hands out receipts that are checked, and read, without the log', async () => {
    const world = await logWorld()
    await appended(world, 'PAT-1', 'PAT-2', 'PAT-1')
    await world.run(['receipt', 'make', 'audit', '1', '--out', 'r.tlog-proof'])
    await world.run(['key', 'audit', 'PAT-2', '--out', 'p2.key'])
    await world.run(['key', 'audit', 'PAT-1', '--out', 'p1.key'])
    expect(statSync(join(world.cwd, 'p2.key')).mode & 0o777).toBe(0o600)
    rmSync(join(world.cwd, 'audit'), { recursive: true })
    const check = ['receipt', 'check', '--key', world.key, 'r.tlog-proof']
    expect(await world.json(check)).toMatchObject({ index: 1, size: 3, record: null })
    const read = await world.json([...check, '--subject-key-file', 'p2.key'])
    expect(read).toMatchObject({ record: { patient: 'PAT-2', action: 'read' } })
    expect(codeIn(await world.run([...check, '--subject-key-file', 'p1.key']))).toBe('open/failed')
    const text = readFileSync(join(world.cwd, 'r.tlog-proof'), 'utf8')
    writeFileSync(join(world.cwd, 'r.tlog-proof'), text.replace('index 1', 'index 0'))
    expect(codeIn(await world.run(check))).toMatch(/^(tlog|verify)\//)
    expect((await world.run(['receipt', 'check', 'r.tlog-proof'])).exitCode).toBe(2)
  })

  it('forgets a patient, also in an older backup of the keys, and every proof still holds', async () => {
    const world = await logWorld()
    await appended(world, 'PAT-1', 'PAT-2', 'PAT-1')
    cpSync(join(world.cwd, 'audit/subjects'), join(world.cwd, 'backup'), { recursive: true })
    await world.run(['checkpoint', 'audit', '--out', 'kept.txt'])
    const shredded = await world.run(['shred', '--actor', 'Dr. Okafor', 'audit', 'PAT-1'])
    expect(shredded).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('make a new one') })
    const { entries } = await world.json(['list', 'audit'])
    expect(entries).toMatchObject([
      { kind: 'sealed' },
      { kind: 'entry', patient: 'PAT-2' },
      { kind: 'sealed' },
      { kind: 'entry', patient: null, action: 'shred', text: expect.stringContaining('is to be destroyed') },
      { kind: 'entry', patient: null, action: 'shred', text: expect.stringContaining('was destroyed') },
    ])
    expect(await world.run(['verify', 'audit', '--against', 'kept.txt'])).toMatchObject({ exitCode: 0 })
    // A patient who comes back is logged again, under a key that opens nothing of before.
    expect(await appended(world, 'PAT-1')).toMatchObject({ appended: 1, size: 6 })
    expect((await world.json(['list', 'audit', '--patient', 'PAT-1']))['entries']).toMatchObject([{ seq: 5 }])
    rmSync(join(world.cwd, 'audit/subjects'), { recursive: true })
    cpSync(join(world.cwd, 'backup'), join(world.cwd, 'audit/subjects'), { recursive: true })
    expect(codeIn(await world.run(['list', 'audit']))).toBe('audit/stale-key-store')
  })

  it('takes over an older log line by line, and says that nothing before is proven', async () => {
    const world = await logWorld()
    writeFileSync(join(world.cwd, 'old.txt'), 'first\nsecond\n')
    expect(await world.json(['import', 'audit', 'old.txt'])).toEqual({ from: 0, lines: 2, size: 3 })
    const { entries } = await world.json(['list', 'audit'])
    expect(entries).toMatchObject([{ kind: 'imported' }, { line: 'first' }, { line: 'second' }])
    expect(await world.run(['verify', 'audit'])).toMatchObject({ exitCode: 0 })
  })

  it('exports FHIR, and names nobody unless asked to', async () => {
    const world = await logWorld()
    await appended(world, 'PAT-1')
    const anonymous = JSON.parse((await world.run(['export', 'audit'])).stdout)
    expect(Object.keys(anonymous)).toEqual(['at', 'action', 'outcome', 'purpose_of_use'])
    const lines = async (...options: readonly string[]): Promise<string> =>
      (await world.run(['export', 'audit', ...options])).stdout
    expect(JSON.parse(await lines('--fhir', 'R4'))).toMatchObject({ resourceType: 'AuditEvent', action: 'R' })
    for (const options of [['--fhir', 'R4'], ['--fhir', 'R5'], []]) {
      expect(await lines(...options)).not.toMatch(/PAT-1|Okafor|ward|Observation/)
      expect(await lines(...options, '--identify')).toMatch(/PAT-1/)
    }
    const again = await world.run(['append', 'audit'], { stdin: await lines('--fhir', 'R5', '--identify') })
    expect(codeIn(again)).toBe('fhir/missing')
    const read = ['append', 'audit', '--fhir', 'R5']
    expect(await world.json(read, { stdin: await lines('--fhir', 'R5', '--identify') })).toMatchObject({
      size: 2,
    })
  })

  it('names what is wrong, and where', async () => {
    const world = await logWorld()
    await appended(world, ...Array.from({ length: 5 }, (_, i) => `PAT-${i}`))
    const [bundle = ''] = readdirSync(join(world.cwd, 'audit/log/tile/entries/000.p'))
    const path = join(world.cwd, 'audit/log/tile/entries/000.p', bundle)
    const bytes = readFileSync(path)
    bytes[bytes.length - 5] = (bytes.at(-5) ?? 0) ^ 1
    writeFileSync(path, bytes)
    const report = await world.json(['verify', 'audit'])
    expect(report).toMatchObject({ ok: false, findings: [{ code: 'verify/edited', index: 4 }] })
    expect((await world.run(['verify', 'audit'])).exitCode).toBe(1)
    expect((await world.run(['verify', 'audit', '--shallow'])).exitCode).toBe(0)
  })

  it('proves inclusion and growth, and refuses what is no log', async () => {
    const world = await logWorld()
    await appended(world, 'PAT-1', 'PAT-2')
    expect((await world.run(['prove', 'audit', '--index', '1'])).stdout).toMatch(
      /^c2sp\.org\/tlog-proof@v1\nindex 1\n/,
    )
    expect(await world.json(['prove', 'audit', '--from', '1'])).toMatchObject({ from: 1, size: 2 })
    expect((await world.run(['prove', 'audit'])).exitCode).toBe(2)
    expect((await world.run(['prove', 'audit', '--index', '2'])).exitCode).toBe(2)
    expect(codeIn(await world.run(['list', 'nowhere']))).toBe('audit-folder/missing')
    expect(codeIn(await world.run(['init', '--origin', 'x', 'audit']))).toBe('audit-folder/exists')
    expect(codeIn(await world.run(['init', '--origin', 'a b', 'other']))).toBe('note/malformed')
    expect(codeIn(await world.run(['checkpoint', 'empty', '--key', world.key]))).toBe('verify/no-checkpoint')
  })
})

describe('chartseal audit append with a clock that went back', () => {
  it('tells so, appends, and the log says so', async () => {
    const world = await logWorld()
    await appended(world, 'PAT-1')
    const clock = fixedClock(noonMs - 3_600_000)
    const ran = await world.run(['append', 'audit'], { clock, stdin: recordLine('PAT-2') })
    expect(ran).toMatchObject({ exitCode: 0, stdout: '2 entries appended; the log has 3\n' })
    expect(ran.stderr).toMatch(/^The clock is 360\d seconds behind the last entry\./)
    const older = await world.run(['import', 'audit', '-'], { clock, stdin: 'one\ntwo\n' })
    expect(older.stdout).toBe('2 lines are in the log, from entry 4 on\n')
    expect((await world.run(['list', 'audit'])).stdout).toContain('The clock went back by 360')
    expect(await world.json(['verify', 'audit'])).toMatchObject({ ok: true })
  })
})

describe('lines of other formats', () => {
  it('given to audit append are named, with the next step', async () => {
    const world = await logWorld()
    for (const [text, format, step] of [
      ['<?xml version="1.0"?>\n<AuditEvent/>\n', 'XML', 'Convert each resource to JSON, one a line.'],
      ['\ufeff <AuditEvent xmlns="http://hl7.org/fhir"/>', 'XML', 'Convert each'],
      ['{\n  "actor": "A"\n}\n', 'JSON over several lines', 'jq -c'],
      [`[${recordLine('PAT-1')}]`, 'JSON over several lines', 'jq -c'],
    ] as const) {
      writeFileSync(join(world.cwd, 'events'), text)
      const ran = await world.run(['append', 'audit', 'events'])
      expect([codeIn(ran), ran.stderr]).toEqual(['cli/not-json', expect.stringContaining(step)])
      expect(ran.stderr).toContain(`line 1 of events: This is ${format}, `)
    }
    writeFileSync(join(world.cwd, 'events'), `\ufeff${recordLine('PAT-1')}\r\n\n${recordLine('PAT-2')}`)
    expect(await world.json(['append', 'audit', 'events'])).toMatchObject({ appended: 2 })
  })

  it('given to audit import are refused where everybody could read them', async () => {
    const world = await logWorld()
    for (const [text, format] of [
      ['<AuditEvent/>\n', 'XML'],
      [`${recordLine('PAT-1')}\n${recordLine('PAT-2')}\n`, 'NDJSON'],
      ['[\n1]\n', 'JSON over several lines'],
    ] as const) {
      const ran = await world.run(['import', 'audit', '-'], { stdin: text })
      expect([codeIn(ran), ran.stderr]).toEqual([
        'cli/not-sealed',
        expect.stringContaining(`This is ${format} and`),
      ])
    }
    expect(await world.json(['verify', 'audit'])).toMatchObject({ checkpoint: { size: 0 } })
    const sealed = '{"sealed":"AAAA"}\n'
    const named = await world.json(['import', '--format', 'sealed-json', 'audit', '-'], { stdin: sealed })
    expect(named).toMatchObject({ lines: 1 })
  })

  it('of FHIR that say more than a record are kept whole, sealed, when that is asked for', async () => {
    const world = await logWorld()
    await appended(world, 'PAT-1')
    const exported = await world.run(['export', 'audit', '--fhir', 'R4', '--identify'])
    const event = JSON.parse(exported.stdout)
    event.source.site = 'Ward 3'
    const stdin = JSON.stringify(event)
    const refused = await world.run(['append', 'audit'], { stdin })
    expect(codeIn(refused)).toBe('fhir/not-kept')
    expect(refused.stderr).toContain('source.site')
    expect(refused.stderr).toContain('--keep-unmapped')
    await world.json(['append', 'audit', '--keep-unmapped'], { stdin })
    const { entries } = await world.json(['list', 'audit'])
    expect(entries).toMatchObject([{}, { patient: 'PAT-1', unmapped: '{"source.site":"Ward 3"}' }])
    const masked = await world.run(['export', 'audit'])
    expect(masked.stdout).not.toContain('Ward 3')
    expect((await world.run(['export', 'audit', '--identify'])).stdout).toContain('unmapped')
  })
})
