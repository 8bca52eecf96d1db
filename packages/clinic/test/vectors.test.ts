import { runners } from '@chartseal/clinic/vectors'
import { runVectorSuite, vectorFolder } from '@chartseal/testkit'

runVectorSuite(vectorFolder('own'), runners)
