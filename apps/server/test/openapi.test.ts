import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { codesOf, openApiOf } from '../dist/http/openapi.js'
import { problems } from '../dist/http/problems.js'
import { operations } from '../dist/operations.js'
import { asJson, name16, octets, type TestClinic, type TestDevice, testClinic, text } from './api-world.js'
import { made, putLink } from './links-world.js'
import { listFor, pathOf, putGrants, reading, shared } from './records-world.js'

const document = openApiOf(operations, '0.0.0')
const paths: Record<
  string,
  Record<
    string,
    {
      parameters?: { name: string; in: string; required?: boolean }[]
      requestBody?: unknown
      responses: Record<string, { description: string }>
      security?: unknown[]
    }
  >
> = JSON.parse(JSON.stringify(document.paths))

describe('the document of the interface', () => {
  it('is OpenAPI 3.1 and is served', async () => {
    const { ask } = await testClinic()
    const served = await (await ask('GET', '/openapi.json')).json()
    expect(served.openapi).toBe('3.1.0')
    expect(served.paths).toEqual(paths)
  })

  it('has every route of the application, and no other', async () => {
    const { app } = await testClinic()
    const documented = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map(method => `${method.toUpperCase()} ${path}`),
    )
    const routed = app.routes
      .filter(({ method, path }) => method !== 'ALL' && /^\/(v1|log|shl)\//.test(path))
      .map(
        ({ method, path }) =>
          `${method} ${path.replace(':tile{.+}', '{tile}').replaceAll(/:(\w+)/g, '{$1}')}`,
      )
    expect([...new Set(routed)].sort()).toEqual(documented.sort())
  })

  it('has each operation, with its names, in the table of docs/spec/clinic-api.md as well', () => {
    const page = readFileSync('../../docs/spec/clinic-api.md', 'utf8')
    const rows = page.matchAll(/^\| (GET|HEAD|PUT|POST|DELETE|OPTIONS) (.*?) \|/gm)
    const told = [...rows].flatMap(([, method = '', cell = '']) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, address]) => `${method} ${address}`),
    )
    const needed = operations.map(({ method, path, query }) => {
      const names = Object.keys(query.shape).map(name => `${name}=`)
      return `${method} ${path}${names.length > 0 ? '?' : ''}${names.join('&')}`
    })
    expect(needed.filter(one => !told.includes(one))).toEqual([])
  })

  it('names each parameter of a path, each body and who may ask', () => {
    for (const operation of operations) {
      const documented = paths[operation.path]?.[operation.method.toLowerCase()]
      const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const inPath = (documented?.parameters ?? []).filter(one => one.in === 'path')
      expect(inPath.map(({ name }) => name).sort()).toEqual(names.sort())
      expect(inPath.every(({ required }) => required)).toBe(true)
      expect(documented?.requestBody !== undefined).toBe(operation.body !== null)
      expect(documented?.security?.length).toBe(
        operation.auth === 'open' ? 0 : operation.auth === 'sender' ? 2 : 1,
      )
    }
  })

  it('names each refusal under its status', () => {
    for (const operation of operations) {
      const { responses = {} } = paths[operation.path]?.[operation.method.toLowerCase()] ?? {}
      for (const code of codesOf(operation)) {
        expect(responses[problems[code].status]?.description).toContain(code)
      }
    }
  })
})

describe('answers', () => {
  const answerOf = (method: string, path: string): z.ZodType => {
    const found = operations.find(one => one.method === method && one.path === path)
    if (found === undefined || !('json' in found.answer)) throw new Error(`${method} ${path} has no schema`)
    return found.answer.json
  }
  const expectDocumented = async (answer: Response, method: string, path: string): Promise<void> => {
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(answerOf(method, path).safeParse(await answer.json()).error).toBeUndefined()
  }

  it('are those of the document', async () => {
    const world: TestClinic = await testClinic()
    const device: TestDevice = await world.enrol('doctor')
    const id = name16()
    const message = `/v1/mailboxes/${device.mailbox}/${id}`
    const { ask, as } = world
    await expectDocumented(await ask('GET', '/v1/clinic'), 'GET', '/v1/clinic')
    await expectDocumented(await as(device, 'PUT', message, text('x')), 'PUT', '/v1/mailboxes/{box}/{id}')
    await expectDocumented(await as(device, 'GET', message), 'GET', '/v1/mailboxes/{box}/{id}')
    await expectDocumented(
      await as(device, 'GET', `/v1/mailboxes/${device.mailbox}`),
      'GET',
      '/v1/mailboxes/{box}',
    )
    await expectDocumented(
      await as(device, 'PUT', `/v1/entries/${name16()}`, text('x')),
      'PUT',
      '/v1/entries/{id}',
    )
    await expectDocumented(await as(device, 'GET', '/v1/entries'), 'GET', '/v1/entries')
    const own = await shared(world, device, [reading(await world.enrol())])
    const [block, one] = [pathOf(own.root), `/v1/packages/${own.id}`]
    await expectDocumented(await as(device, 'PUT', block, own.blocks.get(own.root)), 'PUT', '/v1/blobs/{cid}')
    const next = await listFor(device, { id: own.id, payload: own.root, previous: own.list })
    await expectDocumented(
      await putGrants(world, device, next, null),
      'PUT',
      '/v1/packages/{id}/grants/{seq}',
    )
    await expectDocumented(await as(device, 'GET', '/v1/packages'), 'GET', '/v1/packages')
    await expectDocumented(await as(device, 'GET', one), 'GET', '/v1/packages/{id}')
    const { served } = await made(world)
    await expectDocumented(await putLink(world, device, served), 'PUT', '/v1/links/{id}')
    await world.ask('POST', `/shl/${served.id}`, { body: '{"recipient":"x"}', headers: asJson })
    await expectDocumented(await as(device, 'GET', '/v1/links'), 'GET', '/v1/links')
    await expectDocumented(
      await as(device, 'GET', `/v1/links/${served.id}/accesses`),
      'GET',
      '/v1/links/{id}/accesses',
    )
    const slot = `/v1/slots/${name16()}/offer`
    await expectDocumented(
      await ask('PUT', slot, { body: 'x', headers: octets }),
      'PUT',
      '/v1/slots/{slot}/{step}',
    )
  })
})
