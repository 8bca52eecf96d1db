/** What the tests of several packages share. */
export { type AppendLogUnderTest, appendLogSuite } from './append-log-suite.js'
export { hostileBytes } from './arbitraries.js'
export {
  type BlobStoreCodes,
  type BlobStoreUnderTest,
  blobStoreSuite,
  type StoredBlock,
} from './blob-store-suite.js'
export { codeOf, codesRaised } from './codes.js'
export { fixedClock, scriptedRandom } from './fakes.js'
export { type KeyValueUnderTest, keyValueSuite } from './key-value-suite.js'
export { propertyRuns } from './runs.js'
export { runVectorSuite, sharedFolder, vectorFolder } from './vector-suite.js'
