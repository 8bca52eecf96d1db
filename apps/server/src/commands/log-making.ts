/** Officers make the key of a log together: what each hands to the others, step by step, and nobody has the key. */
import { serverOfTerms } from '@chartseal/clinic/fs/log'
import {
  beginMaking,
  complain,
  dealMaking,
  finishMaking,
  formatTerms,
  judgeComplaint,
} from '@chartseal/clinic/fs/log-signer'
import { type Command, required } from '../command.js'
import { takeDataFolder } from '../data-folder.js'
import { holderFlags, requireHolders } from '../log-signers/holders.js'
import { folderFlag, folderOf, givenAt, passphraseFlag, requiredFiles } from '../log-signers/words.js'
import { defaultFolder, originOf } from './serve.js'

const ownFlags = { signer: folderFlag, 'passphrase-file': passphraseFlag } as const
const begunFlag = { help: 'what log-signer begin gave to each officer, with commas in between' } as const

export const logSignerTerms: Command = {
  name: 'log-signer terms',
  summary: "say of which log officers are to make the key; makes the server's own key",
  example:
    'chartseal-server log-signer terms --data /var/lib/chartseal --origin https://clinic.example --log-key 2-of-3 --log-signers signers.txt > terms',
  settings: ['data', 'origin'],
  flags: {
    ...holderFlags,
    'new-log': { help: 'the name of the log that restore --new-log begins; by default that of the clinic' },
  },
  async run(io, { config, own }) {
    const holders = await requireHolders(own)
    const origin = own['new-log'] ?? `${new URL(originOf(config)).host}/log`
    const data = await takeDataFolder(config.data ?? defaultFolder(io))
    try {
      const server = await serverOfTerms(data.paths.signingKey, origin, io.random)
      io.out(formatTerms({ ...holders, origin, server }))
    } finally {
      await data.release()
    }
    io.err('Give this to each officer: log-signer begin --terms FILE.\n')
    return 0
  },
}

export const logSignerBegin: Command = {
  name: 'log-signer begin',
  summary: 'begin to make the key of a log together with other officers',
  example:
    'chartseal-server log-signer begin --signer signer --passphrase-file passphrase --terms terms > okafor.begun',
  settings: [],
  flags: {
    ...ownFlags,
    terms: { help: 'the file that log-signer terms wrote' },
    anew: { help: 'give up what this folder began before', isSwitch: true },
  },
  async run(io, { own }) {
    const terms = await givenAt(required(own, 'terms'))
    const isAnew = own['anew'] !== undefined
    io.out(await beginMaking({ ...(await folderOf(io, own, false)), terms, isAnew }))
    io.err('Give this to each of the other officers. With one of each: log-signer deal --begun FILES.\n')
    return 0
  },
}

export const logSignerDeal: Command = {
  name: 'log-signer deal',
  summary: 'give each officer a part, sealed, once all have begun',
  example:
    'chartseal-server log-signer deal --signer signer --passphrase-file passphrase --begun okafor.begun,rosa.begun,lindt.begun > okafor.dealt',
  settings: [],
  flags: { ...ownFlags, begun: begunFlag },
  async run(io, { own }) {
    const begun = await requiredFiles(own, 'begun')
    io.out(await dealMaking({ ...(await folderOf(io, own, false)), begun }))
    io.err('Give this to each of the other officers. With one of each: log-signer finish --dealt FILES.\n')
    return 0
  },
}

export const logSignerFinish: Command = {
  name: 'log-signer finish',
  summary: "take this officer's share, once all have dealt, and sign what the key is",
  example:
    'chartseal-server log-signer finish --signer signer --passphrase-file passphrase --dealt okafor.dealt,rosa.dealt,lindt.dealt > okafor.group',
  settings: [],
  flags: {
    ...ownFlags,
    dealt: { help: 'what log-signer deal gave to each officer, with commas in between' },
  },
  async run(io, { own }) {
    const dealt = await requiredFiles(own, 'dealt')
    const { note, words } = await finishMaking({ ...(await folderOf(io, own, false)), dealt })
    io.out(note)
    io.err('Read these words to the other officers. If one of them has others, none of you signs:\n')
    io.err(`${words}\nThen give the file to whoever runs the server: init --log-group FILES.\n`)
    return 0
  },
}

export const logSignerComplain: Command = {
  name: 'log-signer complain',
  summary: 'show everybody that an officer dealt a wrong part; the making of the key is over',
  example:
    'chartseal-server log-signer complain --signer signer --passphrase-file passphrase --dealt rosa.dealt > okafor.complaint',
  settings: [],
  flags: { ...ownFlags, dealt: { help: 'the file of the officer who dealt it' } },
  async run(io, { own }) {
    const dealt = await givenAt(required(own, 'dealt'))
    io.out(await complain({ ...(await folderOf(io, own, false)), dealt }))
    io.err('Give this to each of the other officers: log-signer judge. Then begin anew, all of you.\n')
    return 0
  },
}

export const logSignerJudge: Command = {
  name: 'log-signer judge',
  summary: 'say who lied, the officer who complained or the one who dealt',
  example:
    'chartseal-server log-signer judge --terms terms --begun okafor.begun,rosa.begun,lindt.begun --dealt rosa.dealt --complaint okafor.complaint',
  settings: [],
  flags: {
    terms: { help: 'the file that log-signer terms wrote' },
    begun: begunFlag,
    dealt: { help: 'the file of the officer who is complained of' },
    complaint: { help: 'the file of the officer who complains' },
  },
  async run(io, { own }) {
    const { liar, reason } = judgeComplaint({
      terms: await givenAt(required(own, 'terms')),
      begun: await requiredFiles(own, 'begun'),
      dealt: await givenAt(required(own, 'dealt')),
      complaint: await givenAt(required(own, 'complaint')),
    })
    io.out(`${liar}\n`)
    io.err(`${reason}.\n`)
    return 0
  },
}
