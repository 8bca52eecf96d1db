/** What the tests of several packages share. */
export { type AppendLogUnderTest, appendLogSuite } from './append-log-suite.js'
export { anyText, hostileBytes, hostileText } from './arbitraries.js'
export {
  type BlobReaderUnderTest,
  type BlobStoreCodes,
  type BlobStoreUnderTest,
  blobReaderSuite,
  blobStoreSuite,
  type ReadsBlobs,
  type StoredBlock,
} from './blob-store-suite.js'
export { codeOf, codesRaised } from './codes.js'
export { crashAfter, failOnce, systemError } from './disk-faults.js'
export { fixedClock, type ManualTimer, manualTimer, quickArgon2id, scriptedRandom } from './fakes.js'
export { FaultDisk } from './fault-disk.js'
export { type KeyValueUnderTest, keyValueSuite } from './key-value-suite.js'
export { type LedgerIndexSuite, type LedgerIndexUnderTest, ledgerIndexSuite } from './ledger-index-suite.js'
export {
  buildLog,
  bundleAt,
  changed,
  flipBit,
  type LogFiles,
  type TestLog,
  tileAt,
  withLeaves,
} from './log-builder.js'
export { logStorageSuite } from './log-storage-suite.js'
export { faultPlaces, patience, patienceMs, propertyRuns, runsOf } from './runs.js'
export { type ShlLinkForTest, type ShlStoreUnderTest, shlStoreSuite } from './shl-store-suite.js'
export { runSharedSuite, runVectorSuite, sharedFolder, vectorFolder } from './vector-suite.js'
export { type RunWycheproof, type WycheproofFile, wycheproofSuite } from './wycheproof-suite.js'
