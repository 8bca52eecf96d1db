/** Says at which stage a link fails: decode, retrieve, decrypt, bundle. */
import { ChartsealError } from '@chartseal/core/errors'
import { cmsContentNotes, cmsLinkNotes } from './cms.js'
import { requireContent } from './content.js'
import { maxLabelLength, maxUrlLength, parseLink, type ShlLink } from './link.js'
import { shlContentTypes } from './manifest.js'
import {
  decryptFiles,
  type OpenedFile,
  type OpenLinkOptions,
  type RetrievedFile,
  retrieveFiles,
} from './open.js'
import { requireUrl } from './url.js'

const linkStages = ['decode', 'retrieve', 'decrypt', 'bundle'] as const
export type LinkStage = (typeof linkStages)[number]

export interface StageReport {
  readonly stage: LinkStage
  readonly outcome: 'passed' | 'failed' | 'not reached'
  /** Of the error; `null` unless it failed. */
  readonly code: string | null
  /** What passed, or why it failed; holds no key and no content. */
  readonly message: string
}

export interface LinkReport {
  /** `null` when all of it works. */
  readonly failedAt: LinkStage | null
  readonly stages: readonly StageReport[]
  /** What works here, and is not as HL7 or the profile of CMS says. */
  readonly notes: readonly string[]
  /** Without key and URL; `null` when the link cannot be decoded. */
  readonly link: LinkSummary | null
}

export interface LinkSummary {
  readonly host: string
  readonly flags: string
  readonly expSeconds: number | null
  /** Text of a stranger. */
  readonly label: string | null
}

/** Opens a link stage by stage, and never throws for what is wrong with it. */
export async function debugLink(text: string, options: OpenLinkOptions): Promise<LinkReport> {
  const run = new Run()
  const link = await run.stage('decode', async () => parseLink(text), describeLink)
  const retrieved =
    link && (await run.stage('retrieve', () => retrieveFiles(link, options), describeRetrieved))
  const opened =
    link && retrieved && (await run.stage('decrypt', () => decryptFiles(link, retrieved), describeOpened))
  if (opened) await run.stage('bundle', async () => opened.map(file => checked(file)), describeContents)
  const notes = [
    ...(link === null ? [] : [...linkNotes(link), ...cmsLinkNotes(link)]),
    ...(retrieved === null || opened === null ? [] : fileNotes(retrieved, opened)),
    ...(run.failedAt === null ? (opened ?? []).flatMap(file => cmsContentNotes(file)) : []),
  ]
  return { failedAt: run.failedAt, stages: run.stages(), notes, link: link && summaryOf(link) }
}

class Run {
  readonly #reports = new Map<LinkStage, StageReport>()
  failedAt: LinkStage | null = null

  /** `null` when it failed. */
  async stage<Result>(
    stage: LinkStage,
    work: () => Promise<Result>,
    describe: (result: Result) => string,
  ): Promise<Result | null> {
    try {
      const result = await work()
      this.#reports.set(stage, { stage, outcome: 'passed', code: null, message: describe(result) })
      return result
    } catch (error) {
      if (!(error instanceof ChartsealError)) throw error
      this.failedAt = stage
      this.#reports.set(stage, { stage, outcome: 'failed', code: error.code, message: error.message })
      return null
    }
  }

  stages(): readonly StageReport[] {
    return linkStages.map(
      stage => this.#reports.get(stage) ?? { stage, outcome: 'not reached', code: null, message: '' },
    )
  }
}

const hostOf = ({ url }: ShlLink): string => requireUrl(url).host
const summaryOf = (link: ShlLink): LinkSummary => {
  const { flags, expSeconds, label } = link
  return { host: hostOf(link), flags, expSeconds, label }
}

function describeLink(link: ShlLink): string {
  const kind = link.flags.includes('U') ? 'one file by GET' : 'a manifest by POST'
  return `${kind} at ${hostOf(link)}, flags ${link.flags === '' ? 'none' : link.flags}`
}

const countOf = (count: number): string => (count === 1 ? '1 file' : `${count} files`)
const describeRetrieved = (files: readonly RetrievedFile[]): string => countOf(files.length)

function describeOpened(files: readonly OpenedFile[]): string {
  return files.map(({ contentType, content }) => `${contentType}, ${content.length} bytes`).join('; ')
}

function checked(file: OpenedFile): OpenedFile {
  requireContent(file)
  return file
}

const describeContents = (files: readonly OpenedFile[]): string => `${countOf(files.length)} as the type says`

function linkNotes({ url, label }: ShlLink): readonly string[] {
  return notesOf([
    [
      url.length > maxUrlLength,
      `The URL has more than ${maxUrlLength} characters, the most that HL7 allows.`,
    ],
    [
      (label?.length ?? 0) > maxLabelLength,
      `The label has more than ${maxLabelLength} characters, the most that HL7 allows.`,
    ],
    [
      !/[A-Za-z0-9_-]{43}/.test(url),
      'The URL has no part of 256 random bits, which HL7 requires: it may be guessed.',
    ],
  ])
}

function fileNotes(retrieved: readonly RetrievedFile[], opened: readonly OpenedFile[]): readonly string[] {
  const others = opened.filter(({ contentType }) => !shlContentTypes.some(known => known === contentType))
  const differing = opened.filter((file, i) => {
    const told = retrieved[i]?.contentType ?? null
    return told !== null && told !== file.contentType
  })
  return notesOf([
    [others.length > 0, `${countOf(others.length)} of a type that HL7 does not name.`],
    [differing.length > 0, `${countOf(differing.length)} of another type than the manifest says.`],
  ])
}

const notesOf = (notes: readonly (readonly [is: boolean, text: string])[]): readonly string[] =>
  notes.flatMap(([is, text]) => (is ? [text] : []))
