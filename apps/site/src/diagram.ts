/** Diagrams of the pages (Mermaid) as SVG, drawn when the site is built: no page needs a script. */
import { renderMermaidSVG } from 'beautiful-mermaid'
import { escapeHtml } from './html.js'
import { drawSequence } from './sequence.js'

/** What a reader must find in the picture: everything that the diagram quotes. */
const saidBy = (source: string): readonly string[] =>
  [...source.matchAll(/"([^"]+)"/g)].flatMap(([, words]) => (words === undefined ? [] : [words]))

const lettersOf = (text: string): string => text.replaceAll(/[^\p{L}\p{N}]/gu, '')

/** The words of a picture, in whatever lines they were broken into. */
const wordsIn = (svg: string): string =>
  lettersOf(svg.replaceAll(/<[^>]*>/g, ' ').replaceAll(/&(?:amp|lt|gt|quot|#39);/g, ' '))

/**
 * The SVG of a diagram, without styles of its own: those of the site have its colours, by names that begin with `--_`.
 * @param id not of another diagram of the page
 * @throws Error when the picture lacks words of the diagram: what the library does not know it leaves out
 */
export function drawDiagram(source: string, id: string): string {
  if (source.startsWith('sequenceDiagram')) return drawSequence(source)
  const svg = renderMermaidSVG(source, { transparent: true })
    .replaceAll(/<style>[\s\S]*?<\/style>/g, '')
    .replace(/^(<svg[^>]*?) style="[^"]*"/, '$1')
    .replaceAll(/ data-[\w-]+="[^"]*"/g, '')
    .replaceAll(/ id="([^"]+)"/g, ` id="${id}-$1"`)
    .replaceAll(/url\(#([^)]+)\)/g, `url(#${id}-$1)`)
  const words = wordsIn(svg)
  const lost = saidBy(source).find(text => !words.includes(lettersOf(text)))
  if (lost !== undefined) throw new Error(`the diagram leaves out “${lost}”`)
  if (/ style=|<style|https?:\/\/(?!www\.w3\.org\/)/.test(svg))
    throw new Error('the diagram has styles or addresses of its own')
  return svg
}

/** A diagram with its text, for whoever does not see it. */
export function figureOf(source: string, id: string): string {
  const svg = drawDiagram(source, id).replace('<svg ', '<svg aria-hidden="true" ')
  const text = `<details><summary>The diagram as text</summary><pre tabindex="0"><code>${escapeHtml(source)}</code></pre></details>`
  return `<figure class="diagram"><div class="wide" role="group" tabindex="0" aria-label="Diagram">${svg}</div>${text}</figure>\n`
}
