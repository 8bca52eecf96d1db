import { propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { casesOf } from '../dist/cases.js'
import { siteFindings } from '../dist/check.js'
import { drawDiagram, figureOf } from '../dist/diagram.js'
import { renderMarkdown, Slugs } from '../dist/markdown.js'
import { address, pageOf } from '../dist/places.js'
import { plot, towards } from '../dist/plots.js'

const render = (text: string): string => renderMarkdown(text, target => target).html

describe('Markdown', () => {
  it('has no style of its own, heads that say something, and tables that move', () => {
    const html = render('| | b |\n|---|---:|\n| 1 | 2 |\n')
    expect(html).not.toContain('style=')
    expect(html).toContain('<td></td>\n<th class="to-right">b</th>')
    expect(html).toContain('<td class="to-right">2</td>')
    expect(html).toContain('tabindex="0" aria-label="Table"><table>')
  })

  it('drops comments, which are for checks, and keeps those that are code', () => {
    expect(render('<!-- needs: nats -->\n\ntext <!-- x --> end\n\n`<!-- y -->`\n')).toBe(
      '<p>text  end</p>\n<p><code>&lt;!-- y --&gt;</code></p>\n',
    )
  })

  it('names headings as hosts of repositories do', () => {
    const slugs = new Slugs()
    const names = ['M1 · Shares that could not be recovered', 'What `it` is: v2?', 'Same', 'Same', 'Größe_1']
    expect(names.map(name => slugs.next(name))).toEqual([
      'm1--shares-that-could-not-be-recovered',
      'what-it-is-v2',
      'same',
      'same-1',
      'größe_1',
    ])
  })
})

describe('addresses', () => {
  it('lead from one page to another', () => {
    expect([
      pageOf('README.md'),
      pageOf('packages/wire/README.md'),
      pageOf('docs/a.md'),
      pageOf('a/b.ts'),
    ]).toEqual(['index.html', 'packages/wire/index.html', 'docs/a.html', 'a/b.ts.html'])
    const segment = fc.stringMatching(/^[a-zA-Z0-9@._-]{1,6}$/).filter(text => !/^\.+$/.test(text))
    const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map(parts => parts.join('/'))
    fc.assert(
      fc.property(path, path, (from, to) => {
        // No file is the folder of another one.
        fc.pre(!from.startsWith(`${to}/`))
        const found = new URL(address(from, to), `http://site/docs/${from}`)
        expect(decodeURI(found.pathname)).toBe(`/docs/${to}`)
      }),
      propertyRuns(1_000, 200),
    )
  })
})

describe('the check of links', () => {
  const page = (html: string): readonly string[] =>
    siteFindings(
      new Map([
        ['a/x.html', html],
        ['b.html', '<h1 id="top">b</h1>'],
      ]),
    )
  it.each([
    ['<a href="../b.html#top">b</a><a href="../b.html">b</a><a href="https://c.example/">c</a>', null],
    ['<i id="here"></i><a href="#here">b</a>', null],
    ['<a href="b.html">b</a>', 'leads nowhere'],
    ['<img src="c.png">', 'leads nowhere'],
    ['<a href="../b.html#end">b</a>', 'has no place #end'],
    ['<a href="#gone">b</a>', 'has no place #gone'],
    ['<i id="a"></i><i id="a"></i>', 'is there twice'],
    ['<script src="../b.html"></script>', 'no place in a page'],
    ['<p style="color:red">', 'no place in a page'],
    ['<p onclick="x">', 'no place in a page'],
  ])('of %s', (html, finding) => {
    expect(page(html)).toEqual(finding === null ? [] : [expect.stringContaining(finding)])
  })
})

describe('the cases of a file', () => {
  it('are counted by their names, however they are called', () => {
    const text = `
      import { logSuite } from 'x'
      it('one', () => { it.each })
      it.each([['(', 1], [')', 2]])('two %s', () => {})
      it.each<[string, number]>([
        // it('not this one')
        ['a', 1],
      ])('three', () => {})
      it.runIf(isRoot)("four's", async () => {})
      it.concurrent(\`five\`, () => {})
      test.for([1])('six', () => {})
      logSuite('on a disk', open)
      emit('no'); const submit = it
    `
    expect(casesOf(text)).toEqual(['one', 'two %s', 'three', "four's", 'five', 'six', 'logSuite'])
  })
})

describe('diagrams', () => {
  const source =
    'sequenceDiagram\n  participant A as Ada & Ben\n  participant B as version 2\n  A->>B: share 1 < 2\n  Note over B: refused\n'

  it('are drawn in the colours of the site, and stand as text as well', () => {
    const flow = 'flowchart LR\n  a["share 1 < 2"] --> b["refused"]\n  a -. "asked" .-> b\n'
    for (const drawn of [drawDiagram(source, 'd1'), drawDiagram(flow, 'd1')]) {
      expect(drawn).not.toMatch(/style|https?:\/\/(?!www\.w3\.org)/)
      for (const [, id] of drawn.matchAll(/url\(#([^)]+)\)/g)) expect(drawn).toContain(`id="${id}"`)
      expect(drawn).toContain('share 1 &lt; 2')
    }
    expect(figureOf(source, 'd1')).toContain('A-&gt;&gt;B: share 1 &lt; 2')
  })

  it.each([
    [
      'an arrow that nobody draws',
      'sequenceDiagram\n  participant A as a\n  A<<-~A: said\n',
      'not drawn: A<<-~A: said',
    ],
    [
      'somebody who is not there',
      'sequenceDiagram\n  participant A as a\n  A->>B: said\n',
      'no participant B',
    ],
    ['words that the library leaves out', 'flowchart LR\n  a["x"] --> b["y"]\n  click a "said"\n', 'said'],
  ])('are refused with %s', (_what, text, reason) => {
    expect(() => drawDiagram(text, 'd1')).toThrow(reason)
  })

  it('have room for everything that is said: no text reaches beyond the picture', () => {
    const words = fc.stringMatching(/^[a-z]{1,12}( [a-z]{1,12}){0,9}$/)
    const step = fc.tuple(fc.nat(3), fc.constantFrom('->>', '-->>', '--x', '-x'), fc.nat(3), words)
    const law = fc.property(
      fc.array(words, { minLength: 4, maxLength: 4 }),
      fc.array(step, { minLength: 1, maxLength: 6 }),
      (names, steps) => {
        const svg = drawDiagram(
          [
            'sequenceDiagram',
            ...names.map((name, at) => `participant P${at} as ${name}`),
            ...steps.map(([from, arrow, to, said]) => `P${from}${arrow}P${to}: ${said}`),
            ...steps.map(([from, , , said]) => `Note over P${from}: ${said}`),
          ].join('\n'),
          'd1',
        )
        const width = Number(/ width="(\d+)"/.exec(svg)?.[1])
        for (const [, anchor, inner = ''] of svg.matchAll(/<text text-anchor="(\w+)">(.*?)<\/text>/g))
          for (const [, x, line = ''] of inner.matchAll(/<tspan x="([\d.]+)"[^>]*>([^<]*)</g)) {
            const [length, at] = [line.length * 7, Number(x)]
            const left = anchor === 'middle' ? at - length / 2 : at
            expect(left).toBeGreaterThanOrEqual(0)
            expect(left + length).toBeLessThanOrEqual(width)
          }
      },
    )
    fc.assert(law, propertyRuns(300, 50))
  })
})

describe('plots', () => {
  const bar = (name: string, median: number) => ({
    name,
    isOurs: name === 'ours',
    measured: [{ node: '20', median, min: median / 2, max: median * 2, wall: median }],
  })

  it('have one scale, from zero to the greatest of all', () => {
    const html = plot('Rates', 'MB/s', [bar('ours', 100), bar('<theirs>', 25)])
    expect([...html.matchAll(/<rect width="([\d.]+)"/g)].map(([, width]) => width)).toEqual([
      '50.00',
      '12.50',
    ])
    expect(html).toContain('&lt;theirs&gt;')
    expect(html).not.toContain('style=')
  })

  it('show on which side of its must a figure lies, for what must be high and what must be low', () => {
    const sides = [
      towards(2, 1, 'at least'),
      towards(0.5, 1, 'at least'),
      towards(1, 2, 'below'),
      towards(4, 2, 'below'),
      towards(0, 2, 'below'),
    ].map(svg => [/bar (\w+)/.exec(svg)?.[1], /rect width="([\d.]+)"/.exec(svg)?.[1]])
    expect(sides).toEqual([
      ['holds', '50.00'],
      ['misses', '12.50'],
      ['holds', '50.00'],
      ['misses', '12.50'],
      ['holds', '100.00'],
    ])
  })
})
