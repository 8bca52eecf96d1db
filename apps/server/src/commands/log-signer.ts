import {
  createOfficer,
  type HeldSigner,
  isOfficerName,
  openSignerFolder,
  type SignerFolderOptions,
} from '@chartseal/clinic/fs/log-signer'
import type { ForkEvidence } from '@chartseal/tlog'
import { keepForkEvidence } from '@chartseal/tlog/fs'
import { type Command, commandError, type Given, type Io, required } from '../command.js'
import { createListener, listen } from '../listen.js'
import { answerSigner } from '../log-signers/answer.js'
import {
  filesIn,
  folderFlag,
  folderOf,
  handedOnFlag,
  knownIn,
  passphraseFlag,
  wordsToCompare,
} from '../log-signers/words.js'
import { createLogger, kindOf } from '../logger.js'

export const logSignerKey: Command = {
  name: 'log-signer key',
  summary: "make the key of an officer who will hold a share of a log's key",
  example: 'chartseal-server log-signer key --signer signer --name dr-okafor --passphrase-file passphrase',
  settings: [],
  flags: {
    signer: folderFlag,
    name: { help: 'what the list of signers calls the officer' },
    'passphrase-file': passphraseFlag,
    unsealed: { help: 'the key lies in the folder as it is', isSwitch: true },
  },
  async run(io, { own }) {
    const name = required(own, 'name')
    if (!isOfficerName(name))
      throw commandError('command/usage', {
        reason: 'The option --name must have letters, digits, dots and dashes.',
      })
    const line = await createOfficer(name, await folderOf(io, own, true))
    io.out(`${line}\n`)
    io.err(
      'Hand this line over, with the address where the signer will be, to whoever runs the server: log-signer terms.\n',
    )
    return 0
  },
}

export const logSigner: Command = {
  name: 'log-signer',
  summary: "sign a clinic's log together with other officers: answers its server",
  example: 'chartseal-server log-signer --signer signer --passphrase-file passphrase --port 8491',
  settings: ['host', 'port', 'log-level'],
  flags: {
    signer: folderFlag,
    'handed-on': handedOnFlag,
    known: { help: 'after a folder was put back: a file with a checkpoint that the log published' },
    'passphrase-file': passphraseFlag,
  },
  async run(io, { config, own }) {
    const logger = createLogger(config.logLevel)
    try {
      const folder = await folderOf(io, own, false)
      const handedOn = await filesIn(own, 'handed-on')
      if (handedOn !== null) io.err(wordsToCompare(handedOn))
      const held = await openSignerFolder({
        ...folder,
        handedOn: handedOn ?? undefined,
        ...(await knownIn(own)),
        onFork: evidence => keepFork(io, folder, evidence),
      })
      try {
        await serve(io, config, held, error => logger.error(kindOf(error), 'a fault of the signer'))
      } finally {
        await held.close()
      }
      return 0
    } finally {
      logger.flush()
    }
  },
}

async function keepFork(io: Io, { folder }: SignerFolderOptions, evidence: ForkEvidence): Promise<void> {
  const file = await keepForkEvidence(folder, evidence, io.random)
  if (file !== null) io.err(`The server asked for two histories. The evidence: ${file}\n`)
}

async function serve(
  io: Io,
  { host, port }: Given['config'],
  { group, number, signer }: HeldSigner,
  onFault: (error: unknown) => void,
): Promise<void> {
  const ended = io.ended()
  const server = createListener(request => answerSigner(request, { group, signer, onFault }))
  try {
    const at = await listen(server, host, port)
    io.out(
      `signer ${number} of ${group.key.count} of ${group.verifier.verifierKey} (listening at ${host}:${at})\n`,
    )
    await ended
  } finally {
    await new Promise<void>(done => {
      server.close(() => done())
      server.closeIdleConnections()
    })
  }
}
