/** Hands the key of a log on to other officers: a file of each who does, which the new ones and the server read. */
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { nameSuccessors } from '@chartseal/clinic/fs/log'
import { handOnFolder, parseHandOn } from '@chartseal/clinic/fs/log-signer'
import { attempt } from '@chartseal/core/files'
import { type Command, required } from '../command.js'
import { dataPaths } from '../data-folder.js'
import { holderFlags, requireHolders } from '../log-signers/holders.js'
import {
  folderFlag,
  folderOf,
  handedOnFlag,
  knownIn,
  passphraseFlag,
  requiredFiles,
  wordsToCompare,
} from '../log-signers/words.js'
import { defaultFolder } from './serve.js'

export const logSignerHandOn: Command = {
  name: 'log-signer hand-on',
  summary: "hand an officer's part of a log's key on to other officers; its signer ends",
  example:
    'chartseal-server log-signer hand-on --signer signer --passphrase-file passphrase --from 1,3 --log-key 2-of-3 --log-signers new.txt --known checkpoint --out okafor.hand-on',
  settings: [],
  flags: {
    signer: folderFlag,
    from: { help: 'the numbers of all officers who hand it on, with commas in between' },
    out: { help: 'the file to write, which is not secret' },
    known: { help: 'a file with the checkpoint that the log published last' },
    ...holderFlags,
    'passphrase-file': passphraseFlag,
  },
  async run(io, { own }) {
    const [out, holders] = [required(own, 'out'), await requireHolders(own)]
    const from = required(own, 'from').split(',').map(Number)
    const folder = await folderOf(io, own, false)
    const text = await handOnFolder({ ...folder, ...holders, ...(await knownIn(own)), from })
    await attempt('create', () => writeFile(out, text, { flush: true }), out)
    io.out(`${resolve(out)}\n`)
    io.err(`Handed on to ${holders.officers.map(({ name }) => name).join(', ')}. This signer signs no more: `)
    io.err('give the file to each of them, and to the server, and destroy this folder when they sign.\n')
    return 0
  },
}

export const logSignerName: Command = {
  name: 'log-signer name',
  summary: 'tell the server to whom officers handed the key of its log on',
  example:
    'chartseal-server log-signer name --data /var/lib/chartseal --handed-on okafor.hand-on,lindt.hand-on',
  settings: ['data'],
  flags: { 'handed-on': handedOnFlag },
  async run(io, { config, own }) {
    const given = await requiredFiles(own, 'handed-on')
    const files = given.map(({ text, file }) => parseHandOn(text, file))
    const { signingKey } = dataPaths(config.data ?? defaultFolder(io))
    const { group } = await nameSuccessors(signingKey, files, io.random)
    io.out(`${group.verifier.verifierKey}\n`)
    io.err(wordsToCompare(given))
    io.err(
      'The key of the log is as before. Start the server again, and keep a new copy of its signing.key.\n',
    )
    return 0
  },
}
