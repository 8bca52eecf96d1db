import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { type DemoInput, type InputOptions, loadInput } from '../demo/input/load.js'
import { scoreOf, silentNarrator, summaryAnswer, summaryText, textNarrator } from '../demo/report.js'
import { runDemo } from '../demo/run-demo.js'
import { Story } from '../demo/story.js'
import { count, grouped } from '../demo/words.js'
import { type CommonOptions, describeCommand } from '../io/command.js'
import { parseCount, parseInteger } from '../io/count.js'
import { AlreadyTold } from '../io/errors.js'
import { type Io, write, writeLine } from '../io/io.js'
import { toJsonText } from '../io/json-text.js'
import { painter } from '../io/paint.js'
import { visible } from '../io/visible.js'

interface DemoOptions extends InputOptions, CommonOptions {
  readonly difficulty?: bigint
  readonly patients: number
  readonly color: boolean
}

const fewestPatients = 5
const mostPatients = 50

/** `chartseal demo`: everything at once, on real input, with the attacks. */
export function demoCommand(io: Io): Command {
  return describeCommand(
    'demo',
    'Take a patient through the whole clinic, and attack every step',
    'chartseal demo',
    'chartseal demo --bundle patient.json --dicom scan.dcm --difficulty 1000000',
  )
    .option('--bundle <file>', "a FHIR R4 bundle; default: the demo's own")
    .option('--dicom <file>', "a DICOM file; default: the demo's own")
    .option(
      '--difficulty <n>',
      'hashes that a block takes on average; default: about a second for all blocks',
      parseInteger(1n, 2n ** 128n - 1n),
    )
    .option(
      '--patients <n>',
      `patients in the conference, ${fewestPatients} to ${mostPatients}`,
      parseCount(fewestPatients, mostPatients),
      fewestPatients,
    )
    .action((_: unknown, command: Command) => tellDemo(io, command.optsWithGlobals<DemoOptions>()))
}

async function tellDemo(io: Io, options: DemoOptions): Promise<void> {
  const input = await loadInput(io, options)
  const paint = painter(io, options.color)
  const story = new Story(options.json === true ? silentNarrator : textNarrator(io, paint), io.clock)
  if (options.json !== true) await introduce(io, input)
  const folder = await mkdtemp(join(tmpdir(), 'chartseal-demo-'))
  try {
    const { difficulty = null, patients } = options
    await runDemo(story, { io, input, folder, difficulty, patients })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  if (options.json === true) await writeLine(io.stdout, toJsonText(summaryAnswer(story.steps)))
  else await write(io.stdout, summaryText(story.steps, paint))
  if (scoreOf(story.steps).failed > 0) throw new AlreadyTold()
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
  for (const line of lines) await writeLine(io.stdout, visible(line))
}
