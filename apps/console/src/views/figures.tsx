/** The performance table of one end of a conference: calls and average time of each primitive, as `chartseal conference` prints it. */
import type { PerformanceRow } from '@chartseal/elgamal-session'
import { useSignal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import type { App } from '../state/app.js'
import type { RunView } from '../state/conference/run.js'
import type { ConferenceWords } from '../text/conference-words.js'
import type { Texts } from '../text/texts.js'
import { useNow } from './conference-parts.js'

interface FiguresProps {
  readonly app: App
  readonly run: Pick<RunView, 'performance'>
  readonly words: ConferenceWords
  readonly texts: Texts
}

export function Figures(props: FiguresProps) {
  const { words } = props
  const isOpen = useSignal(false)
  return (
    <details onToggle={({ currentTarget }) => (isOpen.value = currentTarget.open)}>
      <summary>{words('figures')}</summary>
      {isOpen.value ? <Table {...props} /> : null}
    </details>
  )
}

function Table({ app, run, words, texts: { language } }: FiguresProps) {
  useNow(app)
  const ms = useMemo(() => {
    const digits = { minimumFractionDigits: 3, maximumFractionDigits: 3 }
    return new Intl.NumberFormat(language, digits)
  }, [language])
  return (
    <table class="figures">
      <caption>{words('figures.help')}</caption>
      <thead>
        <tr>
          <th scope="col">{words('figures.what')}</th>
          <th scope="col">{words('figures.calls')}</th>
          <th scope="col">{words('figures.average')}</th>
        </tr>
      </thead>
      <tbody>
        {run.performance.rows().map(({ primitive, calls, averageMs }: PerformanceRow) => (
          <tr key={primitive} data-primitive={primitive} data-calls={calls}>
            <th scope="row">{words(`figures.${primitive}`)}</th>
            <td>{calls}</td>
            <td>{calls === 0 ? '–' : `${ms.format(averageMs)} ms`}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
