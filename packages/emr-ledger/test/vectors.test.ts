import { wycheproofFormat } from '@chartseal/core/vectors'
import { runners, wycheproof } from '@chartseal/emr-ledger/vectors'
import { runSharedSuite, runVectorSuite, vectorFolder } from '@chartseal/testkit'

runVectorSuite(vectorFolder('seeds'), runners)
runSharedSuite(['wycheproof', 'ecdsa_secp256k1_sha256_bitcoin_test.json'], wycheproofFormat(wycheproof))
