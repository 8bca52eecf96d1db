import { runners } from '@chartseal/emr-ledger/vectors'
import { runVectorSuite, vectorFolder } from '@chartseal/testkit'

runVectorSuite(vectorFolder('seeds'), runners)
