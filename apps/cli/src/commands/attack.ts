import { type Attack, attacks, type RanAttack, runAttack, type Version } from '@chartseal/conformance/attacks'
import { type Answer, toJsonText } from '@chartseal/core/json'
import { visible } from '@chartseal/core/text'
import { Argument, type Command } from 'commander'
import { type CommonOptions, describeCommand, finish } from '../io/command.js'
import { AlreadyTold } from '../io/errors.js'
import { type Io, writeLine } from '../io/io.js'
import { type Painter, painter } from '../io/terminal.js'

interface AttackOptions extends CommonOptions {
  readonly color: boolean
}

/** `chartseal attack`: what was published is broken on the screen, and the same attempt on version 2 is refused. */
export const attackCommand = (io: Io): Command => attackCommandOf(io, attacks)

/** The same with other attacks. Ends with 0 only if each one broke the published design and version 2 refused it. */
export function attackCommandOf(io: Io, known: readonly Attack[]): Command {
  return describeCommand(
    'attack',
    'Break what was published, before your eyes, and see version 2 refuse the same',
    'chartseal attack list',
    'chartseal attack two-records',
    'chartseal attack all --json',
  )
    .addArgument(
      new Argument('[name]', 'an attack, all of them, or their list')
        .choices(['list', 'all', ...known.map(({ name }) => name)])
        .default('list'),
    )
    .action(async (name: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<AttackOptions>()
      if (name === 'list')
        return finish(io, options, { text: listText(known), answer: { ok: true, attacks: known.map(about) } })
      const chosen = known.filter(attack => name === 'all' || attack.name === name)
      const ran = options.json === true ? await runAll(io, chosen) : await show(io, chosen, options.color)
      const ok = ran.every(one => one.ok)
      if (options.json === true) await writeLine(io.stdout, toJsonText({ ok, attacks: ran.map(answerOf) }))
      if (!ok) throw new AlreadyTold()
    })
}

function listText(known: readonly Attack[]): string {
  const width = Math.max(...known.map(({ name }) => name.length))
  const rows = known.map(({ name, title }) => `${name.padEnd(width)}  ${title}\n`)
  return rows.join('')
}

function about({ name, title, errata, against, refusal }: Attack): Answer {
  return { name, title, errata, against, refusal }
}

function answerOf({ attack, isBroken, answer, reason, told, ok }: RanAttack): Answer {
  const lines = (version: Version): readonly string[] =>
    told.filter(line => line.version === version).map(({ text }) => text)
  return { ...about(attack), ok, broken: isBroken, answer, reason, v1: lines('v1'), v2: lines('v2') }
}

async function runAll(io: Io, chosen: readonly Attack[]): Promise<readonly RanAttack[]> {
  const ran: RanAttack[] = []
  for (const attack of chosen) ran.push(await runAttack(attack, io))
  return ran
}

const labels: Readonly<Record<Version, string>> = { v1: 'published', v2: 'version 2' }
const labelWidth = 11

/** Line by line, as it happens. */
async function show(io: Io, chosen: readonly Attack[], color: boolean): Promise<readonly RanAttack[]> {
  const paint = painter(io, color)
  const ran: RanAttack[] = []
  for (const attack of chosen) {
    if (ran.length > 0) await writeLine(io.stdout)
    await writeLine(io.stdout, paint.title(`${attack.name}: ${attack.title}`))
    const one = await runAttack(attack, io, ({ version, text }) => {
      io.stdout.write(`  ${labels[version].padEnd(labelWidth)}${visible(text)}\n`)
    })
    for (const line of verdictOf(one, paint)) await writeLine(io.stdout, `  ${line}`)
    ran.push(one)
  }
  if (ran.length > 1) await writeLine(io.stdout, `\n${summaryOf(ran, paint)}`)
  return ran
}

function verdictOf({ attack, isBroken, answer, reason }: RanAttack, paint: Painter): readonly string[] {
  const { errata, against, refusal } = attack
  const design = against === 'model' ? 'by the rules of its code' : 'in its format'
  const published = isBroken
    ? paint.bad(`the published design is broken, ${design} (errata ${errata.join(', ')})`)
    : paint.bad('FAILED: the published design held')
  const refused = paint.good(`version 2 refuses it${reason === null ? '' : `: ${reason}`} (${answer})`)
  const notRefused = paint.bad(`FAILED: version 2 answered ${answer} in place of ${refusal}`)
  return [published, answer === refusal ? refused : notRefused]
}

function summaryOf(ran: readonly RanAttack[], paint: Painter): string {
  const good = ran.filter(({ ok }) => ok).length
  const text = `${good} of ${ran.length} attacks broke the published design and were refused by version 2.`
  return good === ran.length ? paint.good(text) : paint.bad(text)
}
