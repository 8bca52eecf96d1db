/** `node scripts/retarget/plot.mjs`: simulates the retargeting and writes docs/images/retarget.svg and its figures. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../lib/workspace.mjs'
import { scenarios, simulate, smooth, summary } from './simulate.mjs'

const blocks = 1_000
const [width, height, left, top] = [880, 190, 60, 34]
const [plotWidth, plotHeight] = [width - left - 20, height - top - 34]
/** Logarithmic, from a hundredth to a hundred. */
const decades = 2
const yOf = value => {
  const bounded = Math.min(Math.max(Math.log10(value), -decades), decades)
  return top + ((decades - bounded) / (2 * decades)) * plotHeight
}
const xOf = block => left + (block / blocks) * plotWidth

const line = (points, value, style) => {
  const text = points
    .map(point => `${xOf(point.height).toFixed(1)},${yOf(value(point)).toFixed(1)}`)
    .join(' ')
  return `<polyline points="${text}" fill="none" ${style}/>`
}

const grid = () =>
  [0.01, 0.1, 1, 10, 100]
    .map(value => {
      const y = yOf(value).toFixed(1)
      const label = `<text x="${left - 8}" y="${Number(y) + 4}" text-anchor="end">${value}</text>`
      return `<line x1="${left}" x2="${left + plotWidth}" y1="${y}" y2="${y}" stroke="#ddd"/>${label}`
    })
    .join('')

function panel({ name, ...scenario }, place) {
  const points = smooth(simulate({ blocks, seed: 7, ...scenario })).filter(({ height }) => height % 2 === 0)
  const lines = [
    line(points, ({ power }) => power, 'stroke="#999" stroke-width="1.5" stroke-dasharray="5 3"'),
    line(points, ({ blockTime }) => Math.max(blockTime, 1e-9), 'stroke="#d55e00" stroke-width="1.2"'),
    line(points, ({ difficulty }) => difficulty, 'stroke="#0072b2" stroke-width="2"'),
  ]
  const bottom = `<text x="${left + plotWidth}" y="${top + plotHeight + 18}" text-anchor="end">block ${blocks}</text>`
  const head = `<text x="${left}" y="20" font-weight="bold">${name}</text>`
  return `<g transform="translate(0 ${40 + place * height})">${head}${grid()}${lines.join('')}${bottom}</g>`
}

const legend = [
  ['#0072b2', 'difficulty'],
  ['#999', 'hash rate'],
  ['#d55e00', 'time between blocks, mean of 20'],
]
  .map(([color, text], i) => {
    const x = left + i * 200
    return `<line x1="${x}" x2="${x + 24}" y1="22" y2="22" stroke="${color}" stroke-width="2"/><text x="${x + 32}" y="26">${text}</text>`
  })
  .join('')

const total = 50 + scenarios.length * height
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${total}" font-family="sans-serif" font-size="13" role="img" aria-label="Difficulty, hash rate and time between blocks in ${scenarios.length} simulations">
<rect width="100%" height="100%" fill="#fff"/>
${legend}
${scenarios.map(panel).join('\n')}
</svg>
`
mkdirSync(join(root, 'docs/images'), { recursive: true })
writeFileSync(join(root, 'docs/images/retarget.svg'), svg)
for (const { name, ...scenario } of scenarios) {
  const runs = [1, 2, 3, 4, 5].map(seed => summary(simulate({ blocks, seed, ...scenario })))
  const worst = Object.keys(runs[0]).map(key => {
    const values = runs.map(run => run[key])
    const pick = key.startsWith('lowest') ? Math.min(...values) : Math.max(...values)
    return `${pick.toFixed(2)}`
  })
  console.log(`| ${name} | ${worst.join(' | ')} |`)
}
