/** What officers who hold the key of a log together keep, and give each other. Table: docs/spec/log-signers.md. */
import { decodeBase64 } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import { parseCheckpoint, parseNote } from '@chartseal/tlog'
import { parseSignerGroup } from '@chartseal/tlog/threshold'
import { type Detector, explained, type Finding, type Told } from './detector.js'

interface About {
  readonly kind: string
  readonly secret?: boolean
  readonly note: string
}

const sealed: ReadonlyMap<string, About> = new Map([
  [
    'share',
    {
      kind: 'share of the key of a log, sealed for one officer',
      note: 'It opens with the officer.key of that officer alone.',
    },
  ],
  [
    'making',
    {
      kind: 'key of a log that officers are making, as one of them keeps it',
      note: 'It opens with the officer.key of that officer alone. It goes when the key is made.',
    },
  ],
])

const open: ReadonlyMap<string, About> = new Map([
  [
    'hand-on',
    {
      kind: 'what one officer hands on of the key of a log',
      note: 'Not secret: its parts are sealed for the new officers. Whether they fit shows when all files are joined.',
    },
  ],
  [
    'terms',
    {
      kind: 'what officers agree on who are to make the key of a log',
      note: 'Nobody signs it: all officers read the words of the finished key to each other.',
    },
  ],
  [
    'begin',
    {
      kind: 'what one officer announces who makes the key of a log with others',
      note: 'Not secret. Who signed it, and whether the secret behind it is known, shows when the others deal.',
    },
  ],
  [
    'deal',
    {
      kind: 'what one officer deals to the others of the key of a log that they make',
      note: 'Not secret: its parts are sealed for each of them. Whether they are right shows when they finish.',
    },
  ],
  [
    'complaint',
    {
      kind: 'complaint of an officer who was dealt a wrong part',
      note: 'For all officers: log-signer judge says who lied. The key that it is about is never used.',
    },
  ],
  [
    'group',
    {
      kind: 'key of a log that officers made, and who they are',
      note: 'Each of them signs it. Whether all did shows at init; they compare its words.',
    },
  ],
])

const maxLength = 2 ** 20

/** The first line names the kind; behind it is one line, and perhaps the signatures of a note. */
export const logOfficerFile: Detector = ({ text }): Finding | null => {
  const name = /^chartseal\/log-([a-z-]+)\/v1(?:\r?\n|$)/.exec(text ?? '')?.[1]
  if (text === null || text.length > maxLength || name === undefined) return null
  const [, line = ''] = text.split(/\r?\n/)
  const closed = sealed.get(name)
  if (closed !== undefined)
    return explained(aboutOf(closed), ['base64', () => decodeBase64(line)], ({ length }) => ({
      facts: { sealed_bytes: length },
    }))
  const said = open.get(name)
  if (said === undefined) return null
  return explained(aboutOf(said), ['fields', () => JsonObject.parse(line)], tell)
}

const aboutOf = ({ kind, secret = false, note }: About) => ({ kind, secret, notes: [note] })

function tell(json: JsonObject): Told {
  json.count('v')
  return {
    facts: {
      ...groupFacts(json),
      ...(json.has('signer') ? { signer: json.count('signer') } : {}),
      ...(json.has('from') ? { handed_on_by: json.integers('from').join(', ') } : {}),
      ...(json.has('origin') ? { log: json.text('origin') } : {}),
      ...(json.has('threshold') ? { signers_needed: json.count('threshold') } : {}),
      ...(json.has('officers') ? { officers: namesIn(json) } : {}),
      ...(json.has('dealer') ? { complains_of_signer: json.count('dealer') } : {}),
      ...(json.has('commitments') ? { signers_needed: json.texts('commitments').length } : {}),
      ...(json.has('parts') ? { sealed_parts: json.texts('parts').length } : {}),
      ...(json.has('signed') ? { entries_signed: entriesIn(json.text('signed')) } : {}),
    },
  }
}

function groupFacts(json: JsonObject): Told['facts'] {
  if (!json.has('group')) return {}
  const { origin, key } = parseSignerGroup(json.text('group'))
  return { log: origin, signers: `${key.threshold} of ${key.count}` }
}

/** `NAME KEY URL` each. */
const namesIn = (json: JsonObject): string =>
  json
    .texts('officers')
    .map(line => line.split(' ')[0] ?? '')
    .join(', ')

const entriesIn = (note: string): number => (note === '' ? 0 : parseCheckpoint(parseNote(note).text).size)
