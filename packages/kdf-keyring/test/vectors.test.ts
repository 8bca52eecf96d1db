import { runners } from '@chartseal/kdf-keyring/vectors'
import { runVectorSuite, vectorFolder } from '@chartseal/testkit'

runVectorSuite(vectorFolder('seeds'), runners)
