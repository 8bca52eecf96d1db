import { wycheproofFormat } from '@chartseal/core/vectors'
import { runners, wycheproof } from '@chartseal/emr-ledger/vectors'
import { runSharedSuite, runVectorSuite, vectorFolder } from '@chartseal/testkit'

const { 'ledger-v2': ledgerV2, ...seeds } = runners

runVectorSuite(vectorFolder('seeds'), seeds)
if (ledgerV2 !== undefined) runVectorSuite(vectorFolder('own'), { 'ledger-v2': ledgerV2 })
runSharedSuite(['wycheproof', 'ecdsa_secp256k1_sha256_bitcoin_test.json'], wycheproofFormat(wycheproof))
