/**
 * The page as people use it: whole tasks in a headless Chromium against one real clinic server, axe on every screen, and
 * the budget of the first load. Exit 1 on a finding, 77 where there is no Chromium. `--pictures FOLDER` keeps
 * pictures of every screen; `--only conference,careTeam` tries these tasks alone; `--figures [SAMPLES]` times a long thread instead and prints JSON;
 * `--readme` makes the picture of the README anew, `--screens` those of docs/screens.md.
 */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import {
  openBrowser,
  pictureFolder,
  readmePicture,
  startClinic,
  threadFigures,
  wholeTasks,
} from '../apps/console/browser/main.mjs'
import { provideChromium } from '../bench/browser/chromium.mjs'
import { run } from './lib/process.mjs'
import { report } from './lib/report.mjs'
import { root } from './lib/workspace.mjs'

const skipped = 77
const firstLoadBudgetBytes = 60_000
const openThreadBudgetBytes = 140_000
const page = join(root, 'apps/console/dist/page')

const gzBytes = path => gzipSync(readFileSync(join(page, path))).length

const partsNamed = pattern => readdirSync(join(page, 'assets')).filter(name => pattern.test(name))
const sum = numbers => numbers.reduce((total, one) => total + one, 0)

/** What a browser fetches before the first screen is drawn: the page, all that it names, and the words of one language. */
function firstLoadBytes() {
  const html = readFileSync(join(page, 'index.html'), 'utf8')
  const named = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map(([, path]) => path)
  const words = partsNamed(/^(en|es)-[^.]+\.js$/)
  if (words.length !== 2) throw new Error('the words of each language are a file')
  const most = Math.max(...words.map(name => gzBytes(`assets/${name}`)))
  return most + sum(['index.html', ...named].map(gzBytes))
}

/** With what it fetches before the first thread is on the screen: it comes while a person types the passphrase. */
function openThreadBytes() {
  const parts = partsNamed(/^unlocked-[^.]+\.js$/)
  if (parts.length === 0) throw new Error('what is loaded ahead is a file of its own')
  return firstLoadBytes() + sum(parts.map(name => gzBytes(`assets/${name}`)))
}

function budgetFindings() {
  const loads = [
    ['first load', firstLoadBytes(), firstLoadBudgetBytes],
    ['until a thread is open', openThreadBytes(), openThreadBudgetBytes],
  ]
  return loads.flatMap(([what, bytes, allowed]) => {
    process.stdout.write(`${what}: ${bytes} bytes gz, allowed ${allowed}\n`)
    return bytes > allowed ? [`${what}: ${bytes} bytes gz, allowed ${allowed}`] : []
  })
}

/** What follows a flag. */
function argument(flag) {
  const at = process.argv.indexOf(flag)
  return at < 0 ? undefined : process.argv[at + 1]
}

/** The same sources give the same bytes: a second build is built elsewhere. */
function buildFindings() {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-build-'))
  try {
    const code = run(process.execPath, [join(root, 'apps/console/build.mjs'), folder], { shell: false })
    if (code !== 0) return ['the page does not build without warnings']
    const [first, second] = [page, folder].map(one => readFileSync(join(one, 'manifest.json'), 'utf8'))
    return first === second ? [] : ['a second build of the page differs from the first']
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A browser with a camera and a clinic, for as long as `work` takes. */
async function withClinic(executable, work) {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-camera-'))
  const cameraFile = join(folder, 'camera.y4m')
  const clinic = await startClinic()
  const browser = await openBrowser(executable, cameraFile)
  try {
    return await work({ browser, clinic, cameraFile })
  } finally {
    await browser.close()
    await clinic.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

const print = line => process.stdout.write(`${line}\n`)
const tell = line => process.stderr.write(`${line}\n`)

async function check(executable) {
  const pictures = pictureFolder(argument('--pictures'))
  const tasks = await withClinic(executable, stage =>
    wholeTasks({ ...stage, pictures, say: print, only: argument('--only')?.split(',') ?? null }),
  )
  report('console', [...buildFindings(), ...budgetFindings(), ...tasks])
}

async function measure(executable) {
  const samples = Number(argument('--figures') ?? 7)
  const figures = await withClinic(executable, stage => threadFigures({ ...stage, samples, say: tell }))
  print(JSON.stringify({ ...figures, firstLoadBytes: firstLoadBytes() }))
}

/** Small enough that a README loads at once. */
const pictureBytes = 200_000

const sizeFindings = path => {
  const { size } = statSync(path)
  return size > pictureBytes ? [`${path} has ${size} bytes, allowed ${pictureBytes}`] : []
}

async function drawReadme(executable) {
  const path = join(root, 'docs/images/console.png')
  mkdirSync(dirname(path), { recursive: true })
  const findings = await withClinic(executable, stage => readmePicture({ ...stage, path }))
  report('picture', [...findings, ...sizeFindings(path)])
}

/** Screens of the tasks that stand for themselves, by their names there and in docs/images. */
const screens = {
  'conference-live-1280-light': 'conference',
  'seat-emergency-390-light': 'conference-phone',
  'team-nurse-1280-dark': 'care-team',
  'glass-decide-1280-light': 'break-glass',
}

async function drawScreens(executable) {
  const pictures = mkdtempSync(join(tmpdir(), 'chartseal-screens-'))
  try {
    const only = ['conference', 'careTeam', 'breakGlass']
    const options = { pictures, pictureScale: 'css', say: print, only }
    const findings = await withClinic(executable, stage => wholeTasks({ ...stage, ...options }))
    const paths = Object.entries(screens).map(([from, to]) => {
      const path = join(root, `docs/images/${to}.png`)
      copyFileSync(join(pictures, `${from}.png`), path)
      return path
    })
    report('screens', [...findings, ...paths.flatMap(sizeFindings)])
  } finally {
    rmSync(pictures, { recursive: true, force: true })
  }
}

function work() {
  if (process.argv.includes('--figures')) return measure
  if (process.argv.includes('--screens')) return drawScreens
  return process.argv.includes('--readme') ? drawReadme : check
}

const { found: executable, reason } = provideChromium()
if (executable !== null) await work()(executable)
else {
  process.stdout.write(`console: skipped: ${reason}\n`)
  process.exitCode = skipped
}
