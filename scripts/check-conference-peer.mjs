/**
 * Conferences with a patient in Python, which was written from docs/spec alone: they join, hear, follow the keys of the
 * group, answer, die, come back with their ticket, and leave; 25519 at a real server, ffdhe3072 over TCP. Exit 1 for what does not hold, 77 without Debian's python3-cryptography, which CI installs.
 */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { puzzleOf } from '../packages/elgamal-session/dist/relay.js'
import { Finding } from './conference/events.mjs'
import { Peer } from './conference/peer.mjs'
import { Clinic, Conference, listening } from './conference/scene.mjs'
import { Story } from './conference/story.mjs'
import { provideCryptography } from './lib/python.mjs'
import { report } from './lib/report.mjs'

const skipped = 77
const puzzleBits = 10
/** Nothing is judged by it: what hangs ends, and says at what. */
const hangsAfterMs = 300_000

const notes = []

/** What a process in Python answers. */
async function answered(what, fields) {
  const peer = new Peer()
  peer.ask(what, fields)
  const answer = await peer.events.take({ event: what })
  await peer.ended()
  return answer
}

/** A puzzle is asked for under a load that is not made here. */
async function puzzleFindings() {
  const [before, behind] = [randomBytes(60), randomBytes(96)]
  const { answer } = await answered('puzzle', {
    bits: puzzleBits,
    before: before.toString('hex'),
    behind: behind.toString('hex'),
  })
  const hash = createHash('sha256').update(puzzleOf(before, behind)).update(answer, 'hex').digest()
  return hash.readUInt16BE() >> (16 - puzzleBits) === 0 ? [] : ['the answer to a puzzle is none']
}

/** The first thing that does not hold in a conference of this suite. */
async function storyFindings(ways, suite, folder, giveUp) {
  const story = new Story(await Conference.begin(ways, suite), join(folder, suite))
  const guard = setTimeout(() => giveUp(`${suite} does not go on:\n${story.state}`), hangsAfterMs)
  try {
    await story.told()
    notes.push(`${suite}: ${story.steps} steps of a conference`)
    return []
  } catch (error) {
    if (!(error instanceof Finding)) throw error
    return [`${suite}: ${error.message}`]
  } finally {
    clearTimeout(guard)
  }
}

async function findings() {
  const found = await puzzleFindings()
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-conference-'))
  const clinic = await Clinic.start()
  const tidy = () => rmSync(folder, { recursive: true, force: true })
  const giveUp = text => {
    process.stdout.write(`${text}\n`)
    clinic.kill()
    tidy()
    process.exit(1)
  }
  try {
    found.push(...(await storyFindings(clinic, '25519', folder, giveUp)))
    found.push(...(await storyFindings(listening, 'ffdhe3072', folder, giveUp)))
  } finally {
    tidy()
    const code = await clinic.stopped()
    if (code !== 0) found.push(`the server ended with ${code}`)
  }
  return found
}

const { found, reason } = provideCryptography()
if (found === null) {
  process.stdout.write(`conference of others: skipped: ${reason}\n`)
  process.exitCode = skipped
} else report('conference of others', await findings(), notes)
