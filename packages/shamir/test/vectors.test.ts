import { createJsEngine, createWasmEngine } from '@chartseal/core/engine'
import { runners } from '@chartseal/shamir/vectors'
import { runVectorSuite, vectorFolder } from '@chartseal/testkit'

runVectorSuite(vectorFolder('seeds'), runners, [createJsEngine(), createWasmEngine()])
