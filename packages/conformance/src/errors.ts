import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What answering requests refuses beside what the packages do. */
export interface ConformanceErrors {
  'interop/unknown-op': { op: string }
}

export const conformanceError: ErrorFactory<ConformanceErrors> = defineErrors<ConformanceErrors>({
  'interop/unknown-op': 'There is no operation {op}.',
})
