import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ageRecipientOf, generateAgeIdentity, importAge } from '@chartseal/ipfs-envelope/age'
import { describe, expect, it } from 'vitest'
import { codeIn } from './codes.js'
import { as, asOwner, blocks, files, gets, inStore, type Place, record, shared } from './envelope-world.js'

/** With a key of the age tool in `key.txt`, and its public half. */
async function withAge(hybrid = false): Promise<{ there: Place; key: string; to: string }> {
  const there = await shared('okafor')
  const key = await generateAgeIdentity({ hybrid })
  writeFileSync(join(there.cwd, 'key.txt'), `# created: today\n${key}\n`)
  return { there, key, to: await ageRecipientOf(key) }
}

const exporting = (there: Place, ...to: readonly string[]): readonly string[] => [
  ...['age-export', ...inStore, ...as('rosa'), '--owner', there.kid],
  ...to.flatMap(one => ['--to', one]),
  ...['scan.grants', '-o', 'scan.age'],
]

describe('chartseal envelope age-export and age-import', () => {
  it.each([false, true])('writes what age opens, and says what it lacks (hybrid: %s)', async hybrid => {
    const { there, key, to } = await withAge(hybrid)
    const told = await there.run(exporting(there, to))
    expect(told.stdout).toContain('  lacks  Whoever gets the file opens it for ever')
    const content = await importAge(readFileSync(join(there.cwd, 'scan.age')), [key])
    expect(Buffer.from(content).equals(record)).toBe(true)
    const imported = ['age-import', '--age-identity', 'key.txt', ...inStore, ...asOwner, ...as('rosa')]
    const { size_bytes } = await there.json([...imported, 'scan.age', '-o', 'two.grants'])
    expect(size_bytes).toBe(record.length)
    expect(await gets(there, 'rosa', 'two.grants')).toBe(true)
    const answer = await there.json([...exporting(there, to), '--force'])
    expect(answer).toMatchObject({
      lacks: expect.arrayContaining([expect.objectContaining({ code: 'no-revocation' })]),
    })
  })

  it('reads recipients from a file, and refuses what is none and a mixture', async () => {
    const { there, to } = await withAge()
    writeFileSync(join(there.cwd, 'friends.txt'), `# of age\n${to}\n`)
    expect((await there.run(exporting(there, 'friends.txt'))).exitCode).toBe(0)
    const hybrid = await ageRecipientOf(await generateAgeIdentity({ hybrid: true }))
    expect(codeIn(await there.run([...exporting(there, to, hybrid), '--force']))).toBe('age/mixed-recipients')
    expect(codeIn(await there.run([...exporting(there, 'age1qqq'), '--force']))).toBe('age/bad-recipient')
    expect(await there.run([...exporting(there), '--force'])).toMatchObject({ exitCode: 2 })
    expect(await there.run(exporting(there, to).map(arg => (arg === 'scan.age' ? '-' : arg)))).toMatchObject({
      exitCode: 2,
    })
  })

  it('stores nothing of a file that does not open to its end', async () => {
    const { there, to } = await withAge()
    await there.run(exporting(there, to))
    const before = blocks(there)
    const file = there.read('scan.age')
    const imported = [
      'age-import',
      '--age-identity',
      'key.txt',
      ...inStore,
      ...asOwner,
      ...as('rosa'),
      'bad.age',
      '-o',
      'x',
    ]
    for (const bad of [file.subarray(0, -1), file.subarray(0, 200), new Uint8Array(0)]) {
      writeFileSync(join(there.cwd, 'bad.age'), bad)
      expect(codeIn(await there.run(imported))).toBe('open/failed')
    }
    writeFileSync(join(there.cwd, 'key.txt'), 'AGE-SECRET-KEY-1QQQ\n')
    expect(codeIn(await there.run(imported))).toBe('age/bad-identity')
    expect([blocks(there), files(there).includes('x')]).toEqual([before, false])
  })
})
