import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { codeIn } from './codes.js'
import { as, asOwner, blocks, files, gets, inStore, type Place, shared } from './envelope-world.js'

const revoke = (step: string, ...more: readonly string[]): readonly string[] => [
  ...['revoke', '--step', step, ...asOwner],
  ...more,
]
const rekey = revoke('rekey', ...inStore, ...as('rosa'), '--keep', 'lindqvist.rec')

/** Codes of what a step says it does not achieve. */
async function limitsOf(there: Place, args: readonly string[]): Promise<readonly string[]> {
  const answer = await there.json(args)
  const statement = Object(answer['statement'])
  return Array.from(statement['does_not_achieve'], one => `${Object(one)['code']}`)
}

describe('chartseal envelope revoke', () => {
  it('stops a store from handing out, and lets it again', async () => {
    const there = await shared('okafor')
    const stop = revoke('stop', ...inStore, 'scan.grants')
    const told = await there.run(stop)
    expect(told.stdout).toContain('  done      This store hands out neither')
    expect(told.stdout).toContain('  not done  Whoever has read the record keeps what they saw')
    expect(await limitsOf(there, stop)).toContain('grants-still-valid')
    expect(await gets(there, 'okafor')).toBe('cli/not-served')
    expect((await there.run([...stop, '--undo'])).exitCode).toBe(0)
    expect(await gets(there, 'okafor')).toBe(true)
    expect(await there.run(revoke('regrant', '--undo', 'scan.grants'))).toMatchObject({ exitCode: 2 })
  })

  it('makes the next list without somebody, who still opens the one before', async () => {
    const there = await shared('okafor', 'lindqvist')
    const without = ['--without', 'okafor.rec', 'scan.grants', '-o', 'two.grants']
    expect(await limitsOf(there, revoke('regrant', ...without))).toEqual(
      expect.arrayContaining(['same-content-key', 'old-list-kept', 'old-list-shown']),
    )
    expect(await gets(there, 'okafor', 'two.grants')).toBe('open/failed')
    expect(await gets(there, 'lindqvist', 'two.grants')).toBe(true)
    expect(await gets(there, 'okafor', 'scan.grants')).toBe(true)
    expect(
      await there.run(revoke('regrant', '--without', 'okafor.rec', 'two.grants', '-o', 'x')),
    ).toMatchObject({ exitCode: 2 })
    expect(await there.run(revoke('regrant', 'two.grants', '-o', 'x'))).toMatchObject({ exitCode: 2 })
    expect(files(there)).not.toContain('x')
  })

  it('encrypts again for those who stay, and says that the old one is gone', async () => {
    const there = await shared('okafor', 'lindqvist')
    const before = blocks(there)
    const answer = await there.json([...rekey, 'scan.grants', '-o', 'two.grants'])
    expect(answer).toMatchObject({
      ...{ version: 2, seq: '2', recipients: 2 },
      statement: {
        step: 're-encrypt',
        achieves: expect.arrayContaining([expect.objectContaining({ code: 'new-key' })]),
      },
      audit_entry: { action: 'update', resource: `Package/${answer['package_id']}/2` },
    })
    expect(await gets(there, 'lindqvist', 'two.grants')).toBe(true)
    expect(await gets(there, 'rosa', 'two.grants')).toBe(true)
    expect(await gets(there, 'okafor', 'two.grants')).toBe('open/failed')
    expect(await gets(there, 'okafor', 'scan.grants')).toBe('cli/taken-back')
    expect(blocks(there)).toBe(before)
  })

  it('leaves the past to those who stay when asked to', async () => {
    const there = await shared('okafor', 'lindqvist')
    writeFileSync(join(there.cwd, 'more.txt'), 'addendum')
    const to = ['--to', 'okafor.rec', '--to', 'lindqvist.rec', '--history', '--next', 'scan.grants']
    await there.run(['put', ...inStore, ...asOwner, ...as('rosa'), ...to, 'more.txt', '-o', 'two.grants'])
    await there.run([...rekey, '--history', 'two.grants', '-o', 'three.grants'])
    expect(await gets(there, 'lindqvist', 'three.grants', '--record-version', '1')).toBe(true)
    expect(await gets(there, 'lindqvist', 'three.grants', '--record-version', '2')).toBe('open/failed')
    const shred = revoke('shred', ...inStore, 'three.grants', '-o', 'end.grants')
    expect(await limitsOf(there, shred)).toContain('content-already-read')
    expect(blocks(there)).toBe(0)
    expect(files(there)).not.toContain('three.grants')
    expect((await there.run(['inspect', 'end.grants'])).stdout).toContain('nobody')
  })

  it('destroys nothing when the next list has no place that lasts', async () => {
    const there = await shared('lindqvist')
    symlinkSync('scan.grants', join(there.cwd, 'link.grants'))
    const before = blocks(there)
    const shred = revoke('shred', ...inStore)
    for (const args of [
      [...rekey, 'scan.grants'],
      [...rekey, 'scan.grants', '-o', '-'],
      [...rekey, 'scan.grants', '-o', '/dev/null'],
      [...rekey, 'scan.grants', '-o', 'scan.grants', '--force'],
      [...rekey, 'scan.grants', '-o', 'link.grants', '--force'],
      [...rekey, 'scan.grants', '-o', 'nodir/x'],
      [...shred, 'scan.grants', '-o', '-'],
      [...shred, 'scan.grants', '-o', 'scan.grants', '--force'],
      [...revoke('rekey', ...as('rosa')), 'scan.grants', '-o', 'x'],
      [...revoke('rekey', '--store', 'none', ...as('rosa')), 'scan.grants', '-o', 'x'],
    ])
      expect(await there.run(args)).toMatchObject({ exitCode: 2, stdout: '' })
    expect(blocks(there)).toBe(before)
    expect(await gets(there, 'lindqvist')).toBe(true)
  })

  it('does to no newer list what was decided on an older one, and takes no list of another owner', async () => {
    const there = await shared('okafor')
    await there.run([
      'grant',
      ...asOwner,
      ...as('rosa'),
      '--to',
      'lindqvist.rec',
      'scan.grants',
      '-o',
      'two.grants',
    ])
    const late = [...rekey, 'scan.grants', '-o', 'two.grants', '--force']
    expect(codeIn(await there.run(late))).toBe('share/changed-meanwhile')
    expect(await gets(there, 'lindqvist', 'two.grants')).toBe(true)
    await there.run(['keygen', '--out', 'm.id', '--owner-key', 'm.owner'])
    const forged = [
      'revoke',
      '--step',
      'regrant',
      '--owner-key',
      'm.owner',
      '--without',
      'okafor.rec',
      'scan.grants',
    ]
    expect(codeIn(await there.run([...forged, '-o', 'x']))).toBe('grants/other-owner')
    const another = ['rekey', ...inStore, '--owner-key', 'm.owner', ...as('rosa'), 'scan.grants', '-o', 'x']
    expect(codeIn(await there.run(['revoke', '--step', ...another]))).toBe('grants/other-owner')
    expect(await gets(there, 'okafor')).toBe(true)
  })

  it('goes on with what a grant that was killed has written', async () => {
    const there = await shared('okafor')
    const grant = [
      'grant',
      ...asOwner,
      ...as('rosa'),
      '--to',
      'lindqvist.rec',
      'scan.grants',
      '-o',
      'two.grants',
    ]
    await there.run(grant)
    const before = there.read('two.grants')
    expect(await there.run(grant)).toMatchObject({ exitCode: 2 })
    expect((await there.run([...grant, '--force'])).exitCode).toBe(0)
    expect(there.read('two.grants')).toEqual(before)
  })
})
