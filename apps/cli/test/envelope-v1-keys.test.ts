import { createPrivateKey } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cli, cliJson, emptyFolder, type World } from './cli.js'

const files = ['--private-key', 'a.pem', '--public-key', 'a.pub.pem']
const keygen = ['envelope', 'keygen', '--v1', ...files, '--bits', '2048']
const inStore = ['--store', 'blocks']

/** Whether what is put for the public key is got with the private one, in this world. */
async function opens(cwd: string, world: World, ...more: readonly string[]): Promise<number> {
  const put = await cli(['envelope', 'put', '--v1', ...inStore, '--to', 'a=a.pub.pem'], { cwd, stdin: 'x' })
  const get = ['envelope', 'get', '--v1', ...inStore, '--private-key', 'a.pem', ...more]
  const got = await cli(get, { ...world, cwd, stdin: put.stdout })
  expect(got.stdout.trim()).toBe(got.exitCode === 0 ? 'x' : '')
  return got.exitCode
}

describe('chartseal envelope keygen, version 1', () => {
  it('writes a private key for its owner only, and a public one', async () => {
    const cwd = emptyFolder()
    expect(await cli(keygen, { cwd })).toMatchObject({
      exitCode: 0,
      stdout: 'a.pem\na.pub.pem\n',
      stderr: '',
    })
    expect(statSync(join(cwd, 'a.pem')).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(cwd, 'a.pem'), 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----/)
    expect(await opens(cwd, {})).toBe(0)
  })

  it('makes 3072 bits unless told otherwise, and replaces nothing without --force', async () => {
    const cwd = emptyFolder()
    expect(await cliJson(['envelope', 'keygen', '--v1', ...files], { cwd })).toEqual({
      private_key: 'a.pem',
      public_key: 'a.pub.pem',
      encrypted: false,
    })
    const before = readFileSync(join(cwd, 'a.pem'), 'utf8')
    expect(createPrivateKey(before).asymmetricKeyDetails?.modulusLength).toBe(3072)
    expect(await cli(keygen, { cwd })).toMatchObject({ exitCode: 2 })
    expect(readFileSync(join(cwd, 'a.pem'), 'utf8')).toBe(before)
    expect(await cli([...keygen, '--force'], { cwd })).toMatchObject({ exitCode: 0 })
  })

  it('encrypts under a passphrase from a file, the environment or a prompt, and opens by the same', async () => {
    const cwd = emptyFolder()
    writeFileSync(join(cwd, 'pass'), 'correct horse\n')
    const file = ['--passphrase-file', 'pass']
    expect(await cliJson([...keygen, ...file], { cwd })).toMatchObject({ encrypted: true })
    expect(readFileSync(join(cwd, 'a.pem'), 'utf8')).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----/)
    expect(await opens(cwd, {}, ...file)).toBe(0)
    expect(await opens(cwd, { env: { CHARTSEAL_PASSPHRASE: 'correct horse' } })).toBe(0)
    expect(await opens(cwd, { isTerminal: true, typed: 'correct horse' })).toBe(0)
    expect(await opens(cwd, { env: { CHARTSEAL_PASSPHRASE: 'battery' } })).toBe(1)
    expect(await opens(cwd, {})).toBe(2)
    const env = { CHARTSEAL_PASSPHRASE: 'from the environment' }
    expect(await cli([...keygen, '--encrypt', '--force'], { cwd, env })).toMatchObject({ exitCode: 0 })
    expect(await opens(cwd, { env })).toBe(0)
  })

  it('does not ask for a passphrase that is not needed', async () => {
    const cwd = emptyFolder()
    const ran = await cli(keygen, { cwd, isTerminal: true, typed: 'never' })
    expect(ran.asked).toEqual([])
    expect(await cli([...keygen, '--encrypt', '--force'], { cwd })).toMatchObject({ exitCode: 2 })
  })
})
