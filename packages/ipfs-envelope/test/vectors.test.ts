import { wycheproofFormat } from '@chartseal/core/vectors'
import { runners, wycheproof } from '@chartseal/ipfs-envelope/vectors'
import { runSharedSuite, runVectorSuite, vectorFolder } from '@chartseal/testkit'

runVectorSuite(vectorFolder('seeds'), runners)
runSharedSuite(['wycheproof', 'rsa_oaep_2048_sha256_mgf1sha256_test.json'], wycheproofFormat(wycheproof))
