import { wycheproofFormat } from '@chartseal/core/vectors'
import { runners, wycheproof } from '@chartseal/kdf-keyring/vectors'
import { runSharedSuite, runVectorSuite, vectorFolder } from '@chartseal/testkit'

const { 'keyring-v2': keyring, 'pairing-v2': pairing, ...seeds } = runners
if (keyring === undefined || pairing === undefined) throw new Error('internal: no runner')

runVectorSuite(vectorFolder('seeds'), seeds)
runVectorSuite(vectorFolder('own'), { 'keyring-v2': keyring, 'pairing-v2': pairing })
runSharedSuite(['wycheproof', 'pbkdf2_hmacsha256_test.json'], wycheproofFormat(wycheproof))
