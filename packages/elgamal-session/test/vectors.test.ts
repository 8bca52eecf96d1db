import { runners } from '@chartseal/elgamal-session/vectors'
import { runVectorSuite, vectorFolder } from '@chartseal/testkit'

runVectorSuite(vectorFolder('seeds'), runners)
