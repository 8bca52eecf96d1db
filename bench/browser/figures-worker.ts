/** Measures off the page's thread, so that the page can draw what is there. */
import { type CaseResult, measure } from '../dist/measure.js'
import { allCases } from './cases.js'

export interface FigureOptions {
  readonly samples: number
  /** Fewer for a test that only wants to see something drawn. */
  readonly warmUpMs: number
}

export type FromFigures =
  | { readonly kind: 'case'; readonly result: CaseResult }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'done' }

const post = (message: FromFigures): void => self.postMessage(message)

async function run({ samples, warmUpMs }: FigureOptions): Promise<void> {
  try {
    for (const task of await allCases(true))
      post({ kind: 'case', result: await measure(task, { samples, warmUpMs }) })
    post({ kind: 'done' })
  } catch (error) {
    post({ kind: 'failed', reason: `${error}` })
  }
}

self.onmessage = (event: MessageEvent<FigureOptions>) => void run(event.data)
