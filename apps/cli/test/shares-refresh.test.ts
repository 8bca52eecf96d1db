import { describe, expect, it } from 'vitest'
import { cli, cliJson, emptyFolder } from './cli.js'

const secret = 'the practice key'
const shares = [1, 2, 3]
const refresh = ['shares', 'refresh']

/** Runs each command line in the folder; each must succeed. */
async function all(cwd: string, ...lines: readonly (readonly string[])[]): Promise<void> {
  for (const line of lines) {
    const ran = await cli(line, { cwd, env: { CHARTSEAL_SECRET: secret } })
    expect([line, ran.exitCode, ran.stderr]).toEqual([line, 0, ''])
  }
}

const join2 = (x: number): readonly string[] => [
  ...[...refresh, 'join', `old/share-${x}.txt`, '--zero', `refresh/zero-${x}.cbor`],
  ...['--pending', `pending-${x}.cbor`, '--out', `reply-${x}.cbor`],
]
const replies = shares.map(x => `reply-${x}.cbor`)
const publish = [...refresh, 'publish', '--deal', 'refresh/deal.cbor', '--out-dir', 'new', ...replies]
const finish = (x: number): readonly string[] => [
  ...[
    ...refresh,
    'finish',
    '--set',
    'new/refreshed-set.cbor',
    `pending-${x}.cbor`,
    '--out',
    `new/share-${x}.txt`,
  ],
]
const answer = (x: number): readonly string[] => [
  ...['shares', 'drill', 'answer', '--challenge', 'c.cbor', `new/share-${x}.txt`, '--out', `a-${x}.cbor`],
]

/** A folder with old and new shares, and answers of all to a drill with the new ones. */
async function refreshed(): Promise<string> {
  const cwd = emptyFolder()
  await all(
    cwd,
    ['shares', 'split', '--threshold', '2', '--shares', '3', '--out-dir', 'old'],
    [...refresh, 'deal', '--set', 'old/share-set.cbor', '--out-dir', 'refresh'],
    ...shares.map(join2),
    publish,
    ...shares.map(finish),
    ['shares', 'drill', 'challenge', '--set', 'new/share-set.cbor', '--out', 'c.cbor'],
    ...shares.map(answer),
  )
  return cwd
}

describe('chartseal shares refresh', () => {
  it('goes from dealer to custodians and back through files, and the secret stays', async () => {
    const cwd = await refreshed()
    const combine = ['shares', 'combine', '--set', 'new/share-set.cbor', 'new/share-1.txt', 'new/share-3.txt']
    expect((await cli(combine, { cwd })).stdout).toBe(secret)
    const mixed = ['shares', 'combine', 'old/share-1.txt', 'new/share-2.txt']
    expect(await cliJson(mixed, { cwd })).toMatchObject({ code: 'shamir/mixed-sets' })
  })

  it('lets old shares go only when all confirmed and a recovery was tried', async () => {
    const cwd = await refreshed()
    const files = shares.map(x => `a-${x}.cbor`)
    const fresh = shares.map(x => `new/share-${x}.txt`)
    const confirm = [...refresh, 'confirm', '--set', 'new/refreshed-set.cbor', '--challenge', 'c.cbor']
    const code = async (...rest: readonly string[]): Promise<unknown> =>
      (await cliJson([...confirm, ...rest], { cwd }))['code']
    expect(await code(...files)).toBe('shamir/refresh-incomplete')
    expect(await code(...files.slice(1), '--rehearse', ...fresh)).toBe('shamir/refresh-incomplete')
    expect(await code(...files, '--rehearse', 'new/share-1.txt')).toBe('shamir/too-few-shares')
    const agreed = await cli([...confirm, ...files, '--rehearse', ...fresh], { cwd })
    expect(agreed).toMatchObject({ exitCode: 0 })
    expect(agreed.stdout).toContain('Destroy the old shares now.')
    expect(agreed.stdout).not.toContain(secret)
  })

  it('can be dealt from any share, and refuses what does not belong', async () => {
    const cwd = await refreshed()
    await all(cwd, [...refresh, 'deal', '--set', 'new/share-2.txt', '--out-dir', 'again'])
    const wrong = [...refresh, 'join', 'old/share-1.txt', '--zero', 'again/zero-1.cbor', '--pending', 'p']
    expect(await cliJson(wrong, { cwd })).toMatchObject({ code: 'shamir/wrong-refresh' })
    const few = [...publish.slice(0, -1), '--force']
    expect(await cliJson(few, { cwd })).toMatchObject({ code: 'shamir/refresh-incomplete' })
    const other = [...refresh, 'publish', '--deal', 'again/deal.cbor', '--out-dir', 'x', ...replies]
    expect(await cliJson(other, { cwd })).toMatchObject({ code: 'shamir/wrong-refresh' })
    expect(await cliJson([...refresh, 'finish', '--set', 'c.cbor', 'pending-1.cbor'], { cwd })).toMatchObject(
      {
        code: 'shamir/invalid-message',
      },
    )
  })

  it('replaces no pending share without --force', async () => {
    const cwd = await refreshed()
    expect(await cli(join2(1), { cwd })).toMatchObject({ exitCode: 2 })
    expect(await cli([...finish(1)], { cwd })).toMatchObject({ exitCode: 2 })
  })
})
