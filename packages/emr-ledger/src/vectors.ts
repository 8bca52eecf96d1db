/** Runners of the vector files of this format; see `@chartseal/core/vectors`. */
import type { VectorRunners } from '@chartseal/core/vectors'
import { runBlock, runBlockId, runTamperedBlock } from './vectors/blocks.js'
import { prescriptionFhir } from './vectors/fhir.js'
import { ledgerBlocksV2 } from './vectors/ledger-blocks-v2.js'
import { ledgerBundlesV2 } from './vectors/ledger-bundles-v2.js'
import { ledgerV2 } from './vectors/ledger-v2.js'
import { runRecord, runTamperedRecord } from './vectors/records.js'

export const runners: VectorRunners = {
  'emr-records': runRecord,
  'emr-records-tampered': runTamperedRecord,
  'emr-blocks': runBlock,
  'emr-blocks-tampered': runTamperedBlock,
  'emr-block-ids': runBlockId,
  'ledger-v2': ledgerV2,
  'ledger-blocks-v2': ledgerBlocksV2,
  'ledger-bundles-v2': ledgerBundlesV2,
  'prescription-fhir-v2': prescriptionFhir,
}

export { wycheproof } from './vectors/wycheproof.js'
