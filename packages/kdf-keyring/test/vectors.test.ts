import { wycheproofFormat } from '@chartseal/core/vectors'
import { runners, wycheproof } from '@chartseal/kdf-keyring/vectors'
import { runSharedSuite, runVectorSuite, vectorFolder } from '@chartseal/testkit'

runVectorSuite(vectorFolder('seeds'), runners)
runSharedSuite(['wycheproof', 'pbkdf2_hmacsha256_test.json'], wycheproofFormat(wycheproof))
