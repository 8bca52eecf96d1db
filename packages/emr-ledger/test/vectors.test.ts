import { wycheproofFormat } from '@chartseal/core/vectors'
import { runners, wycheproof } from '@chartseal/emr-ledger/vectors'
import { runSharedSuite, runVectorSuite, vectorFolder } from '@chartseal/testkit'

const isOwn = ([name]: readonly [string, unknown]): boolean => name.endsWith('-v2')

runVectorSuite(
  vectorFolder('seeds'),
  Object.fromEntries(Object.entries(runners).filter(entry => !isOwn(entry))),
)
runSharedSuite(['wycheproof', 'ecdsa_secp256k1_sha256_bitcoin_test.json'], wycheproofFormat(wycheproof))
