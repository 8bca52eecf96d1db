/** What the server takes: the body, the names and the query of each operation, with seeds from its own description. */
import { openApiOf } from '../../../apps/server/dist/http/openapi.js'
import { operations } from '../../../apps/server/dist/operations.js'
import { encodeBase64Url } from '../../../packages/core/dist/encoding.js'
import { bytesIn, filled, target, textsIn, utf8 } from '../corpus.mjs'

const { paths } = openApiOf(operations, '0')

/** Texts of which one fits most patterns. */
const words = [
  ...['a', 'AA', 'AAAA', '', '1', 'doctor', 'TREAT', 'https://clinic.example', '2026-11-30T09:00:00Z'],
  ...[16, 32, 64].map(sizeBytes => encodeBase64Url(filled(sizeBytes, 0))),
  encodeBase64Url(bytesIn('own/pairing-v2', 'verifying_key')[0]),
  ...textsIn('own/grants-v2', 'payload_cid').slice(0, 1),
  'pbkdf2-sha256:1000:AAAAAAAAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
]

function textFor({ pattern = '', minLength = 0, maxLength = 1_000 }) {
  const form = new RegExp(pattern, 'u')
  return (
    words.find(word => form.test(word) && word.length >= minLength && word.length <= maxLength) ??
    'a'.repeat(minLength)
  )
}

/** A value that a JSON schema describes. `isWhole`: with what may be left out. */
function valueFor(schema, isWhole) {
  if ('const' in schema) return schema.const
  if (schema.enum !== undefined) return schema.enum[0]
  const some = schema.anyOf ?? schema.oneOf
  if (some !== undefined) return valueFor(some[isWhole ? 0 : some.length - 1], isWhole)
  const type = Array.isArray(schema.type) ? schema.type[isWhole ? 0 : schema.type.length - 1] : schema.type
  if (type === 'string') return textFor(schema)
  if (type === 'integer' || type === 'number') return Math.max(schema.minimum ?? 0, 1)
  if (type === 'boolean') return isWhole
  if (type === 'array')
    return Array.from({ length: Math.max(schema.minItems ?? 0, isWhole ? 1 : 0) }, () =>
      valueFor(schema.items ?? {}, isWhole),
    )
  if (type !== 'object') return null
  const names = isWhole ? Object.keys(schema.properties ?? {}) : (schema.required ?? [])
  return Object.fromEntries(names.map(name => [name, valueFor(schema.properties[name], isWhole)]))
}

const described = ({ method, path }) => paths[path][method.toLowerCase()]
const seedsOf = operation => {
  const { schema } = described(operation).requestBody.content['application/json']
  return [true, false].map(isWhole => utf8(JSON.stringify(valueFor(schema, isWhole))))
}

const ofJson = operations.filter(({ body }) => body?.type === 'application/json')

export const targets = ofJson.map(operation =>
  target(
    `server/${operation.method} ${operation.path}`,
    () => seedsOf(operation),
    input => operation.body.parse(input),
    undefined,
    { weight: 0.5 },
  ),
)
