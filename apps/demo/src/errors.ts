import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What the demo refuses beside what the packages do. */
export interface DemoErrors {
  'demo/not-a-bundle': { found: string }
  'demo/not-dicom': Record<never, never>
  'demo/no-server': { reason: string }
}

export const demoError: ErrorFactory<DemoErrors> = defineErrors<DemoErrors>({
  'demo/not-a-bundle': 'The file is {found}, not a FHIR bundle in JSON.',
  'demo/not-dicom': 'The file is not DICOM Part 10: it lacks the prefix DICM after a preamble of 128 bytes.',
  'demo/no-server': "The clinic's server did not start: {reason}",
})
