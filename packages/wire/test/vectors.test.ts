import { runVectorSuite, vectorFolder } from '@chartseal/testkit'
import { runners } from '@chartseal/wire/vectors'

runVectorSuite(vectorFolder('seeds'), runners)
