import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { mayBeReplaced, writeSite } from '../dist/folder.js'

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-folder-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const manifest = '{"v":1,"files":{"/":"00","/docs/a.html":"00"}}'
const site = new Map([
  ['index.html', 'one'],
  ['docs/a.html', 'two'],
  ['manifest.json', manifest],
])

it('writes a site, and replaces a site that it wrote before', () => {
  const parent = emptyFolder()
  const folder = join(parent, 'new/site')
  expect(mayBeReplaced(folder)).toBe(true)
  writeSite(folder, site)
  expect(mayBeReplaced(folder)).toBe(true)
  writeSite(folder, new Map([['index.html', 'later']]))
  expect(readFileSync(join(folder, 'index.html'), 'utf8')).toBe('later')
  expect(existsSync(join(folder, 'docs'))).toBe(false)
  expect(readdirSync(join(parent, 'new'))).toEqual(['site'])
})

it('leaves a folder alone in which anything else lies', () => {
  const folder = emptyFolder()
  expect(mayBeReplaced(folder)).toBe(true)
  writeFileSync(join(folder, 'thesis.txt'), 'mine')
  expect(mayBeReplaced(folder)).toBe(false)
  writeFileSync(join(folder, 'manifest.json'), manifest)
  expect(mayBeReplaced(folder)).toBe(false)
  rmSync(join(folder, 'thesis.txt'))
  expect(mayBeReplaced(folder)).toBe(true)
  mkdirSync(join(folder, 'docs'))
  writeFileSync(join(folder, 'docs/b.html'), 'mine')
  expect(mayBeReplaced(folder)).toBe(false)
  writeFileSync(join(folder, 'manifest.json'), '{"name":"an extension of a browser"}')
  expect(() => mayBeReplaced(folder)).toThrow(expect.objectContaining({ code: 'json/invalid' }))
})

it('keeps the site that was there when the next one cannot be written whole', () => {
  const parent = emptyFolder()
  const folder = join(parent, 'site')
  writeSite(folder, site)
  const broken = new Map([
    ['a', 'a file'],
    ['a/b', 'a file below it'],
  ])
  expect(() => writeSite(folder, broken)).toThrow()
  expect(readFileSync(join(folder, 'index.html'), 'utf8')).toBe('one')
  expect(readdirSync(parent)).toEqual(['site'])
})
