import type { CaseResult } from '../dist/measure.js'
import type { FigureOptions, FromFigures } from './figures-worker.js'

/** Measures in a worker of this page. */
export function measureFigures(
  options: FigureOptions,
  onCase: (result: CaseResult) => void,
): Promise<readonly CaseResult[]> {
  const worker = new Worker(new URL('./figures-worker.ts', import.meta.url), { type: 'module' })
  const results: CaseResult[] = []
  return new Promise<readonly CaseResult[]>((resolve, reject) => {
    worker.onerror = event => reject(new Error(event.message ?? 'the worker did not start'))
    worker.onmessage = ({ data }: MessageEvent<FromFigures>) => {
      if (data.kind === 'done') resolve(results)
      else if (data.kind === 'failed') reject(new Error(data.reason))
      else {
        results.push(data.result)
        onCase(data.result)
      }
    }
    worker.postMessage(options)
  }).finally(() => worker.terminate())
}
