import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { coreError } from '@chartseal/core/errors'
import { fixedClock } from '@chartseal/testkit'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Watch } from '../dist/conference/watch.js'
import { readBundle } from '../dist/input/bundle.js'
import { syntheticImage } from '../dist/input/dicom.js'
import { painter } from '../dist/io.js'
import { present } from '../dist/present.js'
import {
  quietNarrator,
  scoreOf,
  silentNarrator,
  summaryAnswer,
  summaryText,
  textNarrator,
} from '../dist/report.js'
import { runDemo } from '../dist/run-demo.js'
import { Shelf, shelfText } from '../dist/shelf.js'
import { Story, StoryEnded } from '../dist/story.js'
import { demoIo, emptyFolder, noonMs, Sink } from './run.js'

describe('a story', () => {
  it('counts a check that does not hold, and goes on', async () => {
    const story = new Story(silentNarrator, fixedClock(0))
    await story.step('one', async stage => stage.check('this', false, 'because'))
    await story.step('two', async stage => stage.check('that', true))
    expect(scoreOf(story.steps)).toEqual({ held: 1, refused: 0, failed: 1 })
    expect(summaryAnswer(story.steps)).toMatchObject({ ok: false })
  })

  it('counts an attack that is accepted, or refused in another way than it should', async () => {
    const story = new Story(silentNarrator, fixedClock(0))
    await story.step('attacks', async stage => {
      await stage.attack('none', 'open/failed', () => undefined)
      await stage.attack('another', 'open/failed', () => {
        throw coreError('key/wiped', {})
      })
      await stage.attack('a crash', 'open/failed', () => Promise.reject(new TypeError('bang')))
      await stage.attack('refused', 'open/failed', () => Promise.reject(coreError('open/failed', {})))
    })
    expect(scoreOf(story.steps)).toEqual({ held: 0, refused: 1, failed: 3 })
    const answers = story.steps[0]?.events.map(event => event.kind === 'attack' && event.answer)
    expect(answers).toEqual(['accepted', 'key/wiped', 'TypeError: bang', 'open/failed'])
  })

  it('ends with the step that breaks', async () => {
    const story = new Story(silentNarrator, fixedClock(0))
    const broken = story.step('broken', async () => {
      throw new Error('bang')
    })
    await expect(broken).rejects.toThrow(StoryEnded)
    expect(scoreOf(story.steps)).toMatchObject({ failed: 1 })
  })

  it('is told quietly: failures alone, each under its step', async () => {
    const stdout = new Sink()
    const io = demoIo(stdout, new Sink())
    const story = new Story(quietNarrator(io, painter(io, true)), fixedClock(0))
    await story.step('good', async stage => stage.check('this', true))
    await story.step('bad', async stage => {
      stage.note('a note')
      stage.check('that', false)
      stage.check('more', false)
    })
    expect(stdout.text).toBe('\n2. bad\n   FAILED   that\n   FAILED   more\n')
  })

  it('is told in words, failures too', async () => {
    const stdout = new Sink()
    const io = demoIo(stdout, new Sink())
    const paint = painter(io, true)
    const story = new Story(textNarrator(io, paint), fixedClock(0))
    await story.step('one', async stage => {
      stage.note('a note')
      stage.check('this', false)
      stage.check('that', false, 'because')
      await stage.attack('an attack', 'open/failed', () => undefined)
    })
    expect(stdout.text).toBe(
      '\n1. one\n   a note\n   FAILED   this\n   FAILED   that: because\n   FAILED   an attack: accepted\n',
    )
    expect(summaryText(story.steps, paint)).toContain('3 of 3 checks and attacks FAILED.')
  })
})

describe('the demo', () => {
  it('has what it made itself', () => {
    expect(present(0)).toBe(0)
    expect(() => present(undefined)).toThrow('internal')
  })

  it('ends at a step that breaks, and counts it', async () => {
    const story = new Story(silentNarrator, fixedClock(noonMs))
    const bundle = readBundle(Buffer.from('{"resourceType": "Bundle"}'))
    const input = { bundle, bundleName: '', image: syntheticImage(), imageName: '' }
    // A file stands where its folder would be.
    const folder = join(emptyFolder(), 'file')
    writeFileSync(folder, '')
    const io = demoIo(new Sink(), new Sink())
    await runDemo(story, {
      io,
      input,
      folder,
      shelf: new Shelf(null),
      difficulty: 1n,
      patients: 5,
      server: false,
      laboratory: false,
    })
    expect(story.steps).toHaveLength(1)
    expect(scoreOf(story.steps).failed).toBe(1)
  })
})

describe('a shelf', () => {
  const note = { name: 'notes/one.txt', about: 'a note', look: 'explain ./notes/one.txt' }

  it('keeps files for their owner, and replaces none', async () => {
    const folder = emptyFolder()
    const shelf = new Shelf(folder)
    await shelf.put(note, 'text')
    shelf.name({ name: 'log', about: 'a log' })
    expect(readFileSync(join(folder, 'notes/one.txt'), 'utf8')).toBe('text')
    expect(statSync(join(folder, 'notes/one.txt')).mode & 0o777).toBe(0o600)
    await expect(shelf.put(note, 'other')).rejects.toThrow('EEXIST')
    expect(shelf.kept.map(({ name }) => name)).toEqual(['notes/one.txt', 'log'])
    expect(shelfText(shelf.kept, "Ada's")).toContain(`-- explain 'Ada'\\''s/notes/one.txt'\n`)
    expect(shelfText(shelf.kept, 'my/demo')).toContain('-- explain my/demo/notes/one.txt\n')
  })

  it('keeps nothing without a folder', async () => {
    const shelf = new Shelf(null)
    await shelf.put(note, 'text')
    shelf.name(note)
    expect(shelf.kept).toEqual([])
  })
})

describe('waiting', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it('goes on when it happens, and gives up after a while', async () => {
    vi.useFakeTimers()
    const watch = new Watch()
    let happened = false
    const waits = watch.until('it', () => happened)
    const never = watch.until('never', () => false)
    watch.changed()
    happened = true
    watch.changed()
    await expect(waits).resolves.toBeUndefined()
    const refused = expect(never).rejects.toThrow('waited too long for never')
    await vi.advanceTimersByTimeAsync(20_000)
    await refused
  })
})
