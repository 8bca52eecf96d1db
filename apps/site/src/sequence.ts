/** Sequence diagrams of Mermaid, as far as the pages use them: who there is, what one tells another, notes. */
import { escapeHtml } from './html.js'

interface Step {
  readonly kind: 'message' | 'note'
  /** Places of participants, from the left. */
  readonly from: number
  readonly to: number
  readonly isDashed: boolean
  /** Refused: it ends in a cross. */
  readonly isRefused: boolean
  readonly lines: readonly string[]
}

interface Sequence {
  readonly participants: readonly (readonly string[])[]
  readonly steps: readonly Step[]
}

const message = /^(\w+?)(--?)(>>|x)(\w+): (.+)$/
const note = /^Note (?:over|left of|right of) (\w+)(?:,(\w+))?: (.+)$/
const participant = /^participant (\w+) as (.+)$/

/** Into lines of at most so many characters, about as long as each other, between words. */
function wrapped(text: string, longest: number): readonly string[] {
  const lines: string[] = []
  const most = Math.min(longest, Math.ceil(text.length / Math.ceil(text.length / longest)) + 4)
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > most) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}

/** @throws Error for a line that is none of these, so that nothing is left out of a picture */
function parseSequence(source: string): Sequence {
  const names: string[] = []
  const participants: (readonly string[])[] = []
  const steps: Step[] = []
  const placeOf = (name: string): number => {
    const place = names.indexOf(name)
    if (place < 0) throw new Error(`the diagram has no participant ${name}`)
    return place
  }
  for (const line of source.trim().split('\n').slice(1)) {
    const text = line.trim()
    const [, who = '', words = ''] = participant.exec(text) ?? []
    const [, from = '', dashes = '', head = '', to = '', said = ''] = message.exec(text) ?? []
    const [, first = '', second = first, noted = ''] = note.exec(text) ?? []
    if (who !== '') {
      names.push(who)
      participants.push(wrapped(words, 18))
    } else if (from !== '') {
      const kinds = { isDashed: dashes === '--', isRefused: head === 'x' }
      steps.push({
        kind: 'message',
        from: placeOf(from),
        to: placeOf(to),
        lines: wrapped(said, 34),
        ...kinds,
      })
    } else if (first !== '') {
      const kinds = { isDashed: false, isRefused: false }
      steps.push({
        kind: 'note',
        from: placeOf(first),
        to: placeOf(second),
        lines: wrapped(noted, 34),
        ...kinds,
      })
    } else throw new Error(`the diagram has a line that is not drawn: ${text}`)
  }
  return { participants, steps }
}

/** Of a text of 12 pixels, in a wide font: no font is measured. */
const widthOf = (lines: readonly string[]): number => Math.max(...lines.map(line => [...line].length)) * 7.2

const lineHeight = 15
const loopWidth = 26

/** Columns are as far apart as what is said between them needs. */
function columns({ participants, steps }: Sequence): {
  readonly at: readonly number[]
  readonly width: number
} {
  const boxes = participants.map(lines => widthOf(lines) + 24)
  const gaps = boxes.map((box, place) => (box + (boxes[place + 1] ?? box)) / 2 + 20)
  let left = (boxes[0] ?? 0) / 2
  const widen = (place: number, wanted: number): void => {
    gaps[place] = Math.max(gaps[place] ?? 0, wanted)
  }
  for (const { kind, from, to, lines } of steps) {
    const [low, high] = [Math.min(from, to), Math.max(from, to)]
    const wanted = widthOf(lines) + 28
    if (low === high && kind === 'message') widen(low, loopWidth + wanted)
    else if (low === high) {
      // A note stands on both sides of its column.
      widen(low, wanted / 2 + 10)
      if (low > 0) widen(low - 1, wanted / 2 + 10)
      else left = Math.max(left, wanted / 2)
    } else {
      const had = gaps.slice(low, high).reduce((sum, gap) => sum + gap, 0)
      if (had < wanted) widen(high - 1, (gaps[high - 1] ?? 0) + wanted - had)
    }
  }
  const at = gaps.map((_, place) => left + 10 + gaps.slice(0, place).reduce((sum, gap) => sum + gap, 0))
  const lastBox = (boxes.at(-1) ?? 0) / 2
  const own = steps.some(({ from, to }) => from === to && from === boxes.length - 1)
  return { at, width: (at.at(-1) ?? 0) + (own ? (gaps.at(-1) ?? 0) : lastBox) + 10 }
}

function textSvg(lines: readonly string[], x: number, y: number, anchor: 'middle' | 'start'): string {
  const spans = lines.map(
    (line, at) => `<tspan x="${x}" y="${y + at * lineHeight}">${escapeHtml(line)}</tspan>`,
  )
  return `<text text-anchor="${anchor}">${spans.join('')}</text>`
}

const boxSvg = (kind: string, x: number, y: number, width: number, height: number): string =>
  `<rect class="${kind}" x="${x - width / 2}" y="${y}" width="${width}" height="${height}" rx="3"/>`

function arrowSvg(x1: number, x2: number, y: number, { isDashed, isRefused }: Step): string {
  const line = `<path class="line${isDashed ? ' dashed' : ''}" d="M${x1} ${y}H${x2}"/>`
  const back = x2 > x1 ? -1 : 1
  const head = isRefused
    ? `<path class="cross" d="M${x2 + back * 12} ${y - 5}l10 10m0 -10l-10 10"/>`
    : `<path class="head" d="M${x2} ${y}l${back * 8} -4v8z"/>`
  return line + head
}

/** Its picture, and how far down it reaches. */
function stepSvg(step: Step, at: readonly number[], y: number): readonly [svg: string, below: number] {
  const [from, to] = [at[step.from] ?? 0, at[step.to] ?? 0]
  const height = step.lines.length * lineHeight
  if (step.kind === 'note') {
    const width = Math.max(widthOf(step.lines) + 16, Math.abs(to - from) + 40)
    const [x, box] = [(from + to) / 2, height + 10]
    return [boxSvg('note', x, y, width, box) + textSvg(step.lines, x, y + 17, 'middle'), y + box + 12]
  }
  if (from === to) {
    const words = textSvg(step.lines, from + loopWidth + 8, y + 14, 'start')
    const end = y + Math.max(height, lineHeight) + 4
    const loop = `<path class="line" d="M${from} ${y + 6}h${loopWidth}V${end}H${from}"/><path class="head" d="M${from} ${end}l8 -4v8z"/>`
    return [loop + words, end + 16]
  }
  const line = y + height + 4
  return [textSvg(step.lines, (from + to) / 2, y + 11, 'middle') + arrowSvg(from, to, line, step), line + 14]
}

/**
 * The SVG of a sequence diagram; its colours are those of the site.
 * @throws Error for a line that it does not know
 */
export function drawSequence(source: string): string {
  const sequence = parseSequence(source)
  const { at, width } = columns(sequence)
  const head = Math.max(...sequence.participants.map(lines => lines.length)) * lineHeight + 14
  let y = head + 22
  const steps = sequence.steps.map(step => {
    const [svg, below] = stepSvg(step, at, y)
    y = below
    return svg
  })
  const lives = at.map(x => `<path class="life" d="M${x} ${head + 5}V${y}"/>`)
  const boxes = sequence.participants.map((lines, place) => {
    const x = at[place] ?? 0
    return boxSvg('box', x, 5, widthOf(lines) + 24, head) + textSvg(lines, x, 26, 'middle')
  })
  const size = `viewBox="0 0 ${Math.ceil(width)} ${y + 6}" width="${Math.ceil(width)}" height="${y + 6}"`
  return `<svg class="sequence" xmlns="http://www.w3.org/2000/svg" ${size}>${lives.join('')}${steps.join('')}${boxes.join('')}</svg>`
}
