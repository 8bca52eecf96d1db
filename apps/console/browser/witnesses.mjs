/** Witnesses of the log of one clinic, on this machine: each answers over HTTP. */
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { readLogKey } from '@chartseal/clinic/fs/log'
import { SigningKey } from '@chartseal/core/ed25519'
import { memoryKeyValue } from '@chartseal/core/memory'
import { systemClock as clock, systemRandom as random } from '@chartseal/core/system'
import { cosigner, createWitness, ed25519Signer, parseVerifierKey } from '@chartseal/tlog'

function answering(witness) {
  return createServer(async (request, response) => {
    const hash = /^\/([0-9a-f]{64})\/checkpoint$/.exec(request.url ?? '')?.[1]
    const answer =
      hash === undefined ? await witness.addCheckpoint(await text(request)) : await witness.latest(hash)
    response
      .writeHead(answer.status, { 'content-type': answer.contentType, connection: 'close' })
      .end(answer.body)
  })
}

async function startWitness(name, log) {
  const signer = cosigner(`${name}.example/w`, SigningKey.generate(random), clock)
  const server = answering(createWitness({ signer, logs: [log], store: memoryKeyValue() }))
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  return { server, line: `witness ${name} ${signer.verifierKey} http://127.0.0.1:${port}` }
}

/** As many as are asked for, all of which must cosign; the server gets the policy as a file. */
export async function startWitnesses(count, { logOrigin, keyFile, policyFile }) {
  if (count === 0) return { settings: [], stop: async () => undefined }
  const key = await readLogKey(keyFile)
  const log = parseVerifierKey(ed25519Signer(logOrigin, key).verifierKey)
  key.wipe()
  const names = Array.from({ length: count }, (_, i) => `w${i + 1}`)
  const started = await Promise.all(names.map(name => startWitness(name, log)))
  const lines = [
    ...started.map(({ line }) => line),
    `group all ${count} ${names.join(' ')}`,
    'quorum all',
    '',
  ]
  writeFileSync(policyFile, lines.join('\n'))
  const stopOne = ({ server }) => new Promise(resolve => server.close(resolve))
  return { settings: ['--witness-policy', policyFile], stop: () => Promise.all(started.map(stopOne)) }
}
