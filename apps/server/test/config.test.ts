import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { codesRaised } from '@chartseal/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readWords } from '../dist/command.js'
import { init } from '../dist/commands/init.js'
import { configError, readConfig, settings } from '../dist/config.js'
import { run } from './command-run.js'

const expectCode = codesRaised(configError)

function fileWith(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-config-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'settings.json')
  writeFileSync(path, text)
  return path
}

describe('words', () => {
  it.each([22, 43])(
    'are an id behind its option, also one that begins with a dash: %i characters',
    length => {
      const id = '-'.padEnd(length, '-x')
      expect(readWords(init, ['--ledger-id', id, '--data', 'clinic'], {})).toMatchObject({
        own: { 'ledger-id': id },
      })
    },
  )

  it('are not taken for a value where an option is meant', () => {
    for (const word of ['--data', '--dta', '-h'])
      expect(() => readWords(init, ['--ledger-id', word, 'clinic'], {})).toThrow('ambiguous')
  })
})

describe('settings', () => {
  it('have defaults for a clinic on one machine', () => {
    expect(readConfig({}, {})).toEqual({
      data: null,
      origin: null,
      host: '127.0.0.1',
      port: 8_471,
      metricsPort: null,
      trustedProxies: [],
      console: null,
      docs: null,
      databaseUrl: null,
      natsUrls: [],
      peers: [],
      gossip: null,
      natsCredentials: null,
      relayKey: null,
      isDataShared: false,
      conferenceMib: 256,
      helloRate: 100,
      relays: 0,
      blockGib: 20,
      witnessPolicy: null,
      keptHours: 24,
      logLevel: 'info',
      deviceRate: 50,
      networkRate: 50,
    })
  })

  it('take no password of a database from an option, which everybody on the machine can see', async () => {
    const url = 'postgres://clinic:nine-slow-otters@db.example/north'
    expect(readConfig({}, { DATABASE_URL: url }).databaseUrl).toBe(url)
    await expectCode('config/value', () => readConfig({ 'database-url': url }, {}))
    const { code, err } = await run('move-store', '--to', url)
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/^The setting to must be without a password[^:]*: set/),
    ])
  })

  it('name the folder of the documentation from where the server was started, or none', () => {
    expect(readConfig({ docs: 'docs-site' }, {}).docs).toBe(resolve('docs-site'))
    expect(readConfig({ docs: 'off' }, { CHARTSEAL_DOCS: '/srv/docs' }).docs).toBe(null)
    expect(readConfig({}, { CHARTSEAL_DOCS: '/srv/docs' }).docs).toBe('/srv/docs')
  })

  it('come from flags before the environment before the file', () => {
    const config = fileWith('{"port":1,"host":"::1","kept-hours":3,"trusted-proxies":["10.0.0.0/8","::1"]}')
    const read = readConfig({ config, port: '3' }, { PORT: '2', CHARTSEAL_HOST: '0.0.0.0' })
    expect(read).toMatchObject({
      port: 3,
      host: '0.0.0.0',
      keptHours: 3,
      trustedProxies: ['10.0.0.0/8', '::1'],
    })
    expect(readConfig({}, { CHARTSEAL_CONFIG: config, PORT: '2' })).toMatchObject({ port: 2, host: '::1' })
  })

  it('take an empty variable for one that is not set', () => {
    expect(readConfig({}, { PORT: '', CHARTSEAL_ORIGIN: '' })).toMatchObject({ port: 8_471, origin: null })
  })

  it('refuse a name that is not one of them, wherever it stands', async () => {
    await expectCode('config/unknown', () => readConfig({ prot: '1' }, {}))
    await expectCode('config/unknown', () => readConfig({}, { CHARTSEAL_PROT: '1' }))
    await expectCode('config/unknown', () => readConfig({ config: fileWith('{"prot":1}') }, {}))
    // Of the tests and scripts of this project.
    readConfig({}, { CHARTSEAL_GATE: '1', CHARTSEAL_SHARED: '/x', OTHER: 'x' })
  })

  it('refuse a file that is not one', async () => {
    const texts = ['', '[]', '{"port":1,"port":2}', '{"port":{}}', '{"port":true}']
    for (const text of texts)
      await expectCode('config/file', () => readConfig({ config: fileWith(text) }, {}))
    await expectCode('config/file', () => readConfig({ config: '/nowhere/settings.json' }, {}))
  })

  it.each([
    ['port', '65536'],
    ['port', '-1'],
    ['port', '1e3'],
    ['metrics-port', 'on'],
    ['origin', 'clinic.example'],
    ['origin', 'http://clinic.example'],
    ['origin', 'https://clinic.example/path'],
    ['origin', 'https://clinic.example/?x'],
    ['origin', 'https://user@clinic.example'],
    ['trusted-proxies', 'proxy.example'],
    ['trusted-proxies', '10.0.0.0/33'],
    ['database-url', 'mysql://x'],
    ['kept-hours', '0'],
    ['nats-url', 'nats.example:4222'],
    ['nats-url', 'nats://user:secret@nats.example'],
    ['nats-url', 'nats://a,ws://b'],
    ['nats-url', 'nats://a/path'],
    ['peers', 'https://clinic.example,ftp://x'],
    ['gossip', '192.0.2.7:8470'],
    ['gossip', '/ip4/192.0.2.7/udp/8470'],
    ['gossip-peers', '/ip4/192.0.2.7/tcp/8470'],
    ['log-level', 'loud'],
    ['data', ''],
  ])('refuse %s %j', async (name, value) => {
    await expectCode('config/value', () => readConfig({ [name]: value }, {}))
  })

  it.each([
    ['https://clinic.example', 'https://clinic.example'],
    ['https://clinic.example/', 'https://clinic.example'],
    ['https://clinic.example:8443', 'https://clinic.example:8443'],
    ['http://localhost:8471', 'http://localhost:8471'],
  ])('take the origin %s', (given, origin) => {
    expect(readConfig({ origin: given }, {}).origin).toBe(origin)
  })

  it('take several servers of NATS', () => {
    const config = readConfig({}, { NATS_URL: 'nats://127.0.0.1:4222, tls://nats.example' })
    expect(config.natsUrls).toEqual(['nats://127.0.0.1:4222', 'tls://nats.example'])
  })

  it('each have a name in the environment of their own', () => {
    const names = Object.values(settings).map(({ env }) => env)
    expect(new Set(names).size).toBe(names.length)
  })
})
