/** `npm run demo`: takes a patient through the whole clinic, and attacks every step. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { ChartsealError } from '@chartseal/core/errors'
import { toJsonText } from '@chartseal/core/json'
import { visible } from '@chartseal/core/text'
import { type DemoInput, loadInput } from './input/load.js'
import { type Io, type Painter, painter, write } from './io.js'
import { quietNarrator, scoreOf, silentNarrator, summaryAnswer, summaryText, textNarrator } from './report.js'
import { runDemo } from './run-demo.js'
import { freshFolder, Shelf, shelfText } from './shelf.js'
import { type Narrator, Story } from './story.js'
import { count, grouped } from './words.js'

const fewestPatients = 5n
const mostPatients = 50n
const mostDifficult = 2n ** 128n - 1n

const help = `Usage: npm run demo -- [options]

Takes a patient through the whole clinic, and attacks every step.

  --bundle FILE     a FHIR R4 bundle; default: the demo's own
  --dicom FILE      a DICOM file; default: the demo's own
  --difficulty N    hashes that a block takes on average; default: about a second for all blocks
  --patients N      patients in the conference, ${fewestPatients} to ${mostPatients}; 0 leaves the conference out
  --no-server       leave the clinic's server out
  --no-laboratory   leave the attacks on what was published out
  --keep FOLDER     leave what the story made in this folder, and say what is where
  --quiet           tell only what fails, and the table
  --json            answer with one JSON object
  --no-color        no colours, as with the variable NO_COLOR
`

interface DemoOptions {
  readonly bundle?: string | undefined
  readonly dicom?: string | undefined
  readonly difficulty: bigint | null
  readonly patients: number
  readonly server: boolean
  readonly laboratory: boolean
  readonly keep: string | undefined
  readonly quiet: boolean
  readonly json: boolean
  readonly color: boolean
}

/** Runs one command line and gives its exit code: 0, 1 for a check that failed or bad input, 2 for a wrong call. */
export async function demo(args: readonly string[], io: Io): Promise<number> {
  try {
    const options = readOptions(args)
    if (options !== null) return await tellDemo(io, options)
    await write(io.stdout, help)
    return 0
  } catch (error) {
    return await refuse(io, error, args.includes('--json'))
  }
}

async function refuse(io: Io, error: unknown, json: boolean): Promise<number> {
  const code = error instanceof ChartsealError ? error.code : 'usage'
  const message = error instanceof Error ? error.message : String(error)
  if (json) await write(io.stdout, `${toJsonText({ ok: false, code, message })}\n`)
  else await write(io.stderr, `demo: ${visible(message)} (${code})\n`)
  return code === 'usage' ? 2 : 1
}

/** `null` for `--help`. @throws RangeError, and what `parseArgs` throws, for a wrong call */
function readOptions(args: readonly string[]): DemoOptions | null {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  const options = { bundle: text, dicom: text, difficulty: text, patients: text, keep: text }
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...options,
      json: flag,
      quiet: flag,
      'no-color': flag,
      'no-server': flag,
      'no-laboratory': flag,
      help: flag,
    },
  })
  if (values.help) return null
  const { bundle, dicom, difficulty, patients, keep, quiet, json } = values
  return {
    bundle,
    dicom,
    difficulty: difficulty === undefined ? null : wholeNumber('--difficulty', difficulty, 1n, mostDifficult),
    patients:
      patients === '0'
        ? 0
        : Number(wholeNumber('--patients', patients ?? `${fewestPatients}`, fewestPatients, mostPatients)),
    server: !values['no-server'],
    laboratory: !values['no-laboratory'],
    keep,
    quiet,
    json,
    color: !values['no-color'],
  }
}

function wholeNumber(option: string, text: string, least: bigint, most: bigint): bigint {
  const value = /^\d{1,40}$/.test(text) ? BigInt(text) : -1n
  if (value < least || value > most) throw new RangeError(`${option} must be from ${least} to ${most}`)
  return value
}

async function tellDemo(io: Io, options: DemoOptions): Promise<number> {
  const input = await loadInput(io, options)
  const paint = painter(io, options.color)
  const story = new Story(narratorOf(io, options, paint), io.clock)
  const kept = await inFolder(io, options.keep, async (folder, shelf) => {
    if (!options.json && !options.quiet) await introduce(io, input)
    const { difficulty, patients, server, laboratory } = options
    await runDemo(story, { io, input, folder, shelf, difficulty, patients, server, laboratory })
    return shelf.kept
  })
  const { steps } = story
  if (options.json) await write(io.stdout, `${toJsonText(summaryAnswer(steps, kept))}\n`)
  else await write(io.stdout, summaryText(steps, paint))
  if (!options.json && options.keep !== undefined && kept.length > 0)
    await write(io.stdout, `\n${visible(shelfText(kept, options.keep))}`)
  return scoreOf(steps).failed > 0 ? 1 : 0
}

function narratorOf(io: Io, { json, quiet }: DemoOptions, paint: Painter): Narrator {
  if (json) return silentNarrator
  return quiet ? quietNarrator(io, paint) : textNarrator(io, paint)
}

/** The folder that the user keeps, or one that is gone afterwards. */
async function inFolder<Result>(
  io: Io,
  keep: string | undefined,
  run: (folder: string, shelf: Shelf) => Promise<Result>,
): Promise<Result> {
  if (keep !== undefined) {
    const folder = resolve(io.cwd, keep)
    await freshFolder(folder, keep)
    return run(folder, new Shelf(folder))
  }
  const folder = await mkdtemp(join(tmpdir(), 'chartseal-demo-'))
  try {
    return await run(folder, new Shelf(null))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function introduce(io: Io, { bundle, bundleName, image, imageName }: DemoInput): Promise<void> {
  const resources = [...bundle.kinds.values()].reduce((sum, number) => sum + number, 0)
  const kinds = [...bundle.kinds].map(([kind, number]) => `${kind} ${number}`).join(', ')
  const lines = [
    'The demo of Chartseal: one patient, the whole clinic, and an attacker at every step.',
    'All keys, signatures, blocks, files and connections are real; the people are not.',
    '',
    `Patient  ${bundle.patient.name}`,
    `Bundle   ${bundleName}: ${count(resources, 'resource')} (${kinds || 'none'})`,
    `Image    ${imageName}: ${grouped(image.length)} bytes, with the prefix of DICOM Part 10`,
  ]
  for (const line of lines) await write(io.stdout, `${visible(line)}\n`)
}
