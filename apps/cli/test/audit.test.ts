import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { appended, logWorld, recordLine } from './audit-world.js'
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
    const lines = async (...options: readonly string[]): Promise<string> =>
      (await world.run(['export', 'audit', ...options])).stdout
    expect(JSON.parse(await lines('--fhir', 'R4'))).toMatchObject({ resourceType: 'AuditEvent', action: 'R' })
    for (const options of [['--fhir', 'R4'], ['--fhir', 'R5'], []]) {
      expect(await lines(...options)).not.toMatch(/PAT-1|Okafor/)
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
