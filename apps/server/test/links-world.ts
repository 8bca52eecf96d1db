/** SMART Health Links that a device makes at a clinic. */
import {
  type CreatedLink,
  type CreateLinkOptions,
  createLink,
  type ServedLink,
} from '@chartseal/ipfs-envelope/shl'
import { expect } from 'vitest'
import { asJson, origin, type TestClinic, type TestDevice, text } from './api-world.js'

export const recipient = 'Dr. Lindqvist, 2. Stock'
export const bundle = {
  resourceType: 'Bundle',
  type: 'collection',
  entry: [{ resource: { resourceType: 'Patient', name: [{ family: 'Gómez' }] } }],
}

export async function made(
  { clock }: Pick<TestClinic, 'clock'>,
  over: Partial<CreateLinkOptions> = {},
): Promise<CreatedLink> {
  return createLink({
    baseUrl: `${origin}/shl`,
    files: [
      { contentType: 'application/fhir+json', content: text(JSON.stringify(bundle)), fhirVersion: '4.0.1' },
    ],
    nowMs: clock.nowMs(),
    verifierIterations: 10,
    ...over,
  })
}

export const bodyOf = (
  { flags, expMs, passcode, maxWrongPasscodes, files }: ServedLink,
  over: object = {},
): Uint8Array =>
  text(
    JSON.stringify({
      v: 1,
      flags,
      exp_ms: expMs,
      passcode,
      max_wrong_passcodes: maxWrongPasscodes,
      files: files.map(({ contentType, jwe, updatedMs, fhirVersion }) => {
        return { content_type: contentType, jwe, updated_ms: updatedMs, fhir_version: fhirVersion }
      }),
      ...over,
    }),
  )

export const putLink = (
  { as }: TestClinic,
  device: TestDevice,
  served: ServedLink,
  over: object = {},
): Promise<Response> => as(device, 'PUT', `/v1/links/${served.id}`, bodyOf(served, over), asJson)

export async function newLink(
  world: TestClinic,
  device: TestDevice,
  over: Partial<CreateLinkOptions> = {},
): Promise<CreatedLink> {
  const created = await made(world, over)
  expect((await putLink(world, device, created.served)).status).toBe(200)
  return created
}
