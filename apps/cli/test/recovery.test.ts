import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { codeIn } from './codes.js'
import { keep, light, opened, pairedPlace, sealed } from './ring-world.js'

const self = ['--role', 'patient', '--name', 'Rosa', ...light]
const restore = (...shares: readonly string[]): readonly string[] => [
  ...['recovery', 'restore', ...self, '--export', 'kit/ring.export', 'phone'],
  ...shares.map(share => `kit/${share}.txt`),
]

it('a lost phone comes back from two of three shares, and reads what waits', async () => {
  const pair = await pairedPlace()
  const kit = await pair.json([
    'recovery',
    'create',
    'rosa',
    '--threshold',
    '2',
    '--shares',
    '3',
    '--kit',
    'kit',
    ...light,
  ])
  expect(kit['files']).toEqual(
    ['ring.export', 'share-1.txt', 'share-2.txt', 'share-3.txt'].map(file => join('kit', file)),
  )
  rmSync(join(pair.cwd, 'rosa'), { recursive: true })
  const message = await sealed(pair, 'It waits')
  expect(codeIn(await pair.run(restore('share-2')))).toBe('shamir/too-few-shares')
  expect(await pair.json(restore('share-3', 'share-1'))).toEqual({ device: 1, active: '2026-07' })
  expect((await opened(pair, message, 'phone')).stdout).toBe('It waits')
  const answer = await sealed(pair, 'I am back', 'phone')
  expect((await opened(pair, answer, 'okafor')).stdout).toBe('I am back')
})

it('a damaged share is named and left out, and a foreign kit opens nothing', async () => {
  const pair = await pairedPlace()
  const create = (name: string) => [
    'recovery',
    'create',
    'rosa',
    '--threshold',
    '2',
    '--shares',
    '3',
    '--kit',
    name,
    ...light,
  ]
  await pair.run(create('kit'))
  await pair.run(create('other'))
  keep(pair, 'kit/ring.export', readFileSync(join(pair.cwd, 'other/ring.export')))
  expect(codeIn(await pair.run(restore('share-1', 'share-2')))).toBe('open/failed')
})
