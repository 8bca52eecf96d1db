import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { systemRandom } from '@chartseal/core/system'
import { systemError } from '@chartseal/testkit'
import { expect, it } from 'vitest'
import { codeIn } from './codes.js'
import { keep, light, opened, pairedPlace, sealed } from './ring-world.js'

const self = ['--role', 'patient', '--name', 'Rosa', ...light]
const restore = (...shares: readonly string[]): readonly string[] => [
  ...['recovery', 'restore', ...self, '--export', 'kit/ring.export', 'phone'],
  ...shares.map(share => `kit/${share}.txt`),
]

const create = (kit: string, ...more: readonly string[]): readonly string[] => [
  ...['recovery', 'create', 'rosa', '--threshold', '2', '--shares', '3', '--kit', kit, ...more],
]

it('brings a lost phone back from two of three shares, and reads what waits', async () => {
  const pair = await pairedPlace()
  const kit = await pair.json(create('kit'))
  expect(kit['files']).toEqual(
    ['ring.export', 'share-1.txt', 'share-2.txt', 'share-3.txt', 'share-set.cbor'].map(file =>
      join('kit', file),
    ),
  )
  rmSync(join(pair.cwd, 'rosa'), { recursive: true })
  const message = await sealed(pair, 'It waits')
  expect(codeIn(await pair.run(restore('share-2')))).toBe('shamir/too-few-shares')
  expect(await pair.json(restore('share-3', 'share-1'))).toEqual({ device: 1, active: '2026-07' })
  expect((await opened(pair, message, 'phone')).stdout).toBe('It waits')
  const answer = await sealed(pair, 'I am back', 'phone')
  expect((await opened(pair, answer, 'okafor')).stdout).toBe('I am back')
})

it('opens nothing with the export of another kit', async () => {
  const pair = await pairedPlace()
  await pair.run(create('kit'))
  await pair.run(create('other'))
  keep(pair, 'kit/ring.export', readFileSync(join(pair.cwd, 'other/ring.export')))
  expect(codeIn(await pair.run(restore('share-1', 'share-2')))).toBe('open/failed')
})

it('names a damaged share, and leaves foreign ones out only when the set is known', async () => {
  const pair = await pairedPlace()
  await pair.run(create('kit'))
  await pair.run(create('other'))
  const text = readFileSync(join(pair.cwd, 'kit/share-2.txt'), 'utf8')
  keep(pair, 'kit/share-2.txt', text.replace(/....\n$/, '\n'))
  keep(pair, 'kit/share-4.txt', readFileSync(join(pair.cwd, 'other/share-1.txt')))
  const all = restore('share-1', 'share-2', 'share-3', 'share-4')
  const mixed = await pair.run(all)
  expect(codeIn(mixed)).toBe('shamir/mixed-sets')
  expect(mixed.stderr).toContain('kit/share-4.txt: share 1 of the set ')
  const ran = await pair.run([...all, '--set', 'kit/share-set.cbor'])
  expect(ran).toMatchObject({ exitCode: 0 })
  expect(ran.stderr).toContain('kit/share-2.txt: ')
  expect(ran.stderr).toContain('kit/share-4.txt: left out, it belongs to the set ')
})

it('sets no device number aside for a kit that could not be written', async () => {
  const pair = await pairedPlace()
  keep(pair, 'file', '')
  mkdirSync(join(pair.cwd, 'kit'))
  keep(pair, 'kit/share-3.txt', 'of somebody else')
  for (const place of ['file', 'file/kit', 'kit'])
    expect(await pair.run(create(place))).toMatchObject({ exitCode: 2, stdout: '' })
  expect(readdirSync(join(pair.cwd, 'kit'))).toEqual(['share-3.txt'])
  await pair.run(create('kit', '--force'))
  expect(await pair.json(restore('share-1', 'share-3'))).toMatchObject({ device: 1 })
})

it('leaves no kit behind when the ring cannot be stored', async () => {
  const pair = await pairedPlace()
  const before = readdirSync(pair.cwd)
  // The ring is stored when the kit is on the disk, beside its place.
  const isStaged = (): boolean => readdirSync(pair.cwd).some(name => /^kit\.[0-9a-f]{16}\.tmp$/.test(name))
  let failed = false
  const random = {
    bytes(size: number) {
      if (isStaged()) {
        failed = true
        throw systemError('ENOSPC')
      }
      return systemRandom.bytes(size)
    },
  }
  expect(await pair.run(create('kit'), { random })).toMatchObject({ exitCode: 1, stdout: '' })
  expect(failed).toBe(true)
  expect(readdirSync(pair.cwd)).toEqual(before)
  await pair.run(create('kit'))
  expect(await pair.json(restore('share-1', 'share-2'))).toMatchObject({ device: 1 })
})
