import type { Answer, JsonObject } from '@chartseal/core/json'
import type { Command } from 'commander'
import {
  type DeviceOptions,
  type DeviceSession,
  useDevice,
  withDevice,
} from '../../io/break-glass/session.js'
import { oneLine } from '../../io/break-glass/words.js'
import { describeCommand, finish } from '../../io/command.js'
import type { Io } from '../../io/io.js'

interface ListOptions extends DeviceOptions {
  readonly sets?: boolean
}

export function listCommand(io: Io): Command {
  const command = describeCommand(
    'list',
    'Every request that this device may see, and with --sets what can be asked for',
    'chartseal break-glass list --server https://clinic.example --key eva.device',
  )
  return withDevice(command)
    .option('--sets', 'emergency sets instead: what can be asked for, and by whom it is opened')
    .action((options: ListOptions) =>
      useDevice(io, options, async session => {
        const what = options.sets === true ? 'sets' : 'requests'
        const { rows, broken } = await allRows(session, what)
        const damaged = broken.map(id => `${id}  damaged: what the clinic has of it does not fit together`)
        const lines = [...rows.map(what === 'sets' ? setLine : requestLine), ...damaged]
        const answer = { [what]: rows.map(answerOf), broken }
        await finish(io, options, { text: lines.map(line => `${line}\n`).join('') || 'None.\n', answer })
      }),
    )
}

interface Listed {
  readonly rows: readonly JsonObject[]
  /** Ids of those that the clinic cannot read any more. */
  readonly broken: string[]
}

async function allRows({ client }: DeviceSession, what: 'sets' | 'requests'): Promise<Listed> {
  const path = what === 'sets' ? '/v1/breakglass/sets' : '/v1/breakglass'
  const rows: JsonObject[] = []
  const broken: string[] = []
  for (let after = 0; ; ) {
    const page = await client.get(`${path}?limit=500&after=${after}`)
    const damaged = page.objects('broken')
    rows.push(...page.objects(what))
    broken.push(...damaged.map(row => oneLine(row.text('id'))))
    const last = Math.max(...[...page.objects(what), ...damaged].map(row => row.count('position')), after)
    // A clinic that says that there is more and gives nothing is not asked for ever.
    if (!page.boolean('more') || last === after) return { rows, broken }
    after = last
  }
}

const setLine = (row: JsonObject): string =>
  [
    row.text('id'),
    `${row.count('threshold')} of ${row.texts('custodians').length}`,
    oneLine(row.text('about')),
    // Anybody can make one that says the same.
    `of ${oneLine(row.text('owner'))}`,
    ...(row.boolean('drill') ? ['drill'] : []),
    ...(row.has('stale') && row.boolean('stale') ? ['stale: the record was encrypted anew since'] : []),
  ].join('  ')

const requestLine = (row: JsonObject): string =>
  [
    row.text('id'),
    row.text('state').padEnd(8),
    new Date(row.count('asked_ms')).toISOString(),
    row.text('reason'),
    oneLine(row.text('about')),
    oneLine(row.text('text')),
    ...(row.boolean('drill') ? ['drill'] : []),
  ].join('  ')

/** What a script needs of a row; times in milliseconds since 1970. */
function answerOf(row: JsonObject): Answer {
  const drill = row.boolean('drill')
  const about = row.text('about')
  const threshold = row.count('threshold')
  const custodians = [...row.texts('custodians')]
  const common = { id: row.text('id'), about, drill, threshold, custodians, owner: row.text('owner') }
  if (!row.has('state')) return common
  return {
    ...common,
    set: row.text('set'),
    state: row.text('state'),
    published: row.boolean('published'),
    requester: row.text('requester'),
    reason: row.text('reason'),
    text: row.text('text'),
    asked_ms: row.count('asked_ms'),
    releases: [...row.texts('releases')],
    denials: [...row.texts('denials')],
    minutes_to_open: row.has('minutes_to_open') ? Number(row.raw('minutes_to_open')) : null,
  }
}

export function drillCommand(io: Io): Command {
  const command = describeCommand(
    'drill',
    'How long rehearsals took from asking to opening; a rehearsal is a request for a set made with --drill',
    'chartseal break-glass drill --server https://clinic.example --key officer.device',
  )
  return withDevice(command).action((options: DeviceOptions) =>
    useDevice(io, options, async session => {
      const { rows } = await allRows(session, 'requests')
      const drills = rows.filter(row => row.boolean('drill'))
      const lines = drills.map(row => `${requestLine(row)}  ${minutesOf(row)}\n`)
      const answer = { drills: drills.map(answerOf) }
      await finish(io, options, { text: lines.join('') || 'No rehearsal yet.\n', answer })
    }),
  )
}

const minutesOf = (row: JsonObject): string =>
  row.has('minutes_to_open')
    ? `opened after ${Number(row.raw('minutes_to_open')).toFixed(1)} minutes`
    : 'not opened'
