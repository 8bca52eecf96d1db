import { readdirSync } from 'node:fs'
import { formats, runners } from '@chartseal/conformance/vectors'
import { createJsEngine } from '@chartseal/core/engine'
import { Disagreement, type FormatCase, NotApplicable } from '@chartseal/core/vectors'
import { vectorFolder } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'

const namesIn = (folder: string): readonly string[] =>
  readdirSync(vectorFolder(folder))
    .filter(name => name.endsWith('.json'))
    .map(name => name.replace(/\.json$/, ''))

describe('runners', () => {
  // Beside this package or above it, so that only who is above both has its runner: packages/clinic, and the command line.
  const besides = [
    'append-logs-v1',
    'break-glass-v2',
    'desk-files',
    'invitations-v1',
    'log-signers-v1',
    'owner-files',
    'signed-requests-v2',
    'slips-v2',
  ]

  it('are one for each vector file of the project, and no more', () => {
    const names = ['seeds', 'own'].flatMap(namesIn).filter(name => !besides.includes(name))
    expect(Object.keys(runners).toSorted()).toEqual(names.toSorted())
  })
})

describe('formats', () => {
  /** The cases of a document, by the one format that knows it. */
  const casesOf = (document: unknown): readonly FormatCase[] =>
    formats(null).flatMap(format => format(document) ?? [])
  const run = async (document: object): Promise<unknown> => {
    const [only] = casesOf(document)
    return only?.run(createJsEngine())
  }

  // RFC 4231 4.3
  const test = {
    tcId: 7,
    key: '4a656665',
    msg: '7768617420646f2079612077616e7420666f72206e6f7468696e673f',
    tag: '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    result: 'valid',
  }
  const wycheproof = (schema: string, part: object = {}): object => ({
    schema,
    algorithm: 'HMACSHA256',
    testGroups: [{ tagSize: 256, tests: [{ ...test, ...part }] }],
  })

  it('run a file of Wycheproof by its schema, and see what is wrong', async () => {
    await run(wycheproof('mac_test_schema_v1.json'))
    await expect(run(wycheproof('mac_test_schema.json', { result: 'invalid' }))).rejects.toThrow(Disagreement)
    await expect(run(wycheproof('xdh_pem_comp_schema.json'))).rejects.toThrow(NotApplicable)
  })

  it('have a runner for each schema that a package knows', async () => {
    for (const schema of ['ecdsa_verify_schema', 'rsaes_oaep_decrypt_schema', 'pbkdf_test_schema']) {
      // Past the choice of a runner, each looks at its own parameters.
      await expect(run(wycheproof(schema))).rejects.not.toThrow('no such algorithm here')
    }
  })

  it('do not know other documents', () => {
    for (const document of [null, 1, [], {}, { cases: [] }]) expect(casesOf(document)).toEqual([])
  })
})
