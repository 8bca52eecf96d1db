/** New shares of the same secret, step by step through files; no value of a share travels. */
import { join } from 'node:path'
import { encodeHex } from '@chartseal/core/encoding'
import {
  dealOf,
  encodePendingShare,
  encodeRefreshDeal,
  encodeRefreshedSet,
  encodeRefreshReply,
  encodeShareSet,
  encodeZeroShare,
  finishRefresh,
  joinRefresh,
  parsePendingShare,
  parseRefreshDeal,
  parseRefreshedSet,
  parseRefreshReply,
  parseZeroShare,
  publishRefresh,
  startRefresh,
  wipeShares,
} from '@chartseal/shamir'
import type { Command } from 'commander'
import {
  type CommonOptions,
  describeCommand,
  describeGroup,
  finish,
  type OutputOptions,
  refuseTerminal,
  withOutput,
} from '../../io/command.js'
import type { Io } from '../../io/io.js'
import { checkOutput, writeBytes } from '../../io/output.js'
import { readShareFile, shareData } from '../../io/share-envelopes.js'
import { writeAll } from '../../io/staged-files.js'
import { confirmCommand } from './confirm.js'
import { readDescribedSet, readMessage } from './options.js'
import { formatOption } from './split.js'

export function refreshCommand(io: Io): Command {
  return describeGroup(
    'shares refresh',
    'Replace all shares of a set without rebuilding the secret: deal, join, publish, finish, confirm',
    dealCommand(io),
    joinCommand(io),
    publishCommand(io),
    finishCommand(io),
    confirmCommand(io),
  )
}

interface FolderOptions extends CommonOptions {
  readonly outDir: string
  readonly force?: boolean
}

function dealCommand(io: Io): Command {
  return describeCommand(
    'deal',
    'Dealer, step 1: write zero-N.cbor for custodian N, secret, and deal.cbor for yourself',
    'chartseal shares refresh deal --set share-set.cbor --out-dir refresh',
  )
    .requiredOption('--set <file>', 'share-set.cbor, or any share of the set')
    .requiredOption('--out-dir <folder>', 'where the files are written')
    .option('--force', 'replace files that exist')
    .action(async (options: FolderOptions & { readonly set: string }) => {
      const { outDir, force = false } = options
      const { sizeBytes, ...old } = await readDescribedSet(io, options.set)
      const zeros = startRefresh(old, sizeBytes, { random: io.random })
      const files = zeros.map(zero => ({
        file: join(outDir, `zero-${zero.x}.cbor`),
        data: encodeZeroShare(zero),
        secret: true,
      }))
      const deal = { file: join(outDir, 'deal.cbor'), data: encodeRefreshDeal(dealOf(zeros)), secret: false }
      await writeAll(io, outDir, [...files, deal], { force })
      for (const { z } of zeros) z.wipe()
      const names = files.map(({ file }) => file)
      const advice =
        'Hand each one over in confidence and keep no copy: with the old share it gives the new one.'
      const text = [...names, advice, `Keep ${deal.file} for the next step.`, ''].join('\n')
      await finish(io, options, { text, answer: { files: names, deal: deal.file } })
    })
}

interface JoinOptions extends OutputOptions {
  readonly zero: string
  readonly pending: string
}

function joinCommand(io: Io): Command {
  const command = describeCommand(
    'join',
    'Custodian, step 2: make the new share, keep it as pending, and answer the dealer',
    'chartseal shares refresh join share-1.txt --zero zero-1.cbor --pending pending-1.cbor --out reply-1.cbor',
  )
  return withOutput(command)
    .requiredOption('--zero <file>', 'what the dealer handed over')
    .requiredOption('--pending <file>', 'where the new share waits; as secret as a share')
    .argument('[share]', 'the old share, which you keep; - is stdin', '-')
    .action(async (file: string, options: JoinOptions) => {
      refuseTerminal(io, options)
      const { force = false } = options
      await checkOutput(io, options.pending, { force })
      const share = await readShareFile(io, file)
      const zero = await readMessage(io, options.zero, parseZeroShare)
      const { pending, reply } = joinRefresh(share, zero, { random: io.random })
      // Durable before the reply leaves: the new set commits to it.
      await writeBytes(io, options.pending, encodePendingShare(pending), { force, secret: true })
      wipeShares([share, pending])
      zero.z.wipe()
      const text = encodeRefreshReply(reply)
      await finish(io, options, { text, answer: { x: reply.x, pending: options.pending, message: text } })
    })
}

function publishCommand(io: Io): Command {
  return describeCommand(
    'publish',
    'Dealer, step 3: when all have replied, write refreshed-set.cbor for the custodians and share-set.cbor',
    'chartseal shares refresh publish --deal refresh/deal.cbor --out-dir new reply-1.cbor reply-2.cbor',
  )
    .requiredOption('--deal <file>', 'deal.cbor of step 1')
    .requiredOption('--out-dir <folder>', 'where the files are written')
    .option('--force', 'replace files that exist')
    .argument('<replies...>', 'the replies of all custodians')
    .action(async (files: readonly string[], options: FolderOptions & { readonly deal: string }) => {
      const { outDir, force = false } = options
      const deal = await readMessage(io, options.deal, parseRefreshDeal)
      const replies = await Promise.all(files.map(file => readMessage(io, file, parseRefreshReply)))
      const set = publishRefresh(deal, replies)
      const refreshed = join(outDir, 'refreshed-set.cbor')
      const described = join(outDir, 'share-set.cbor')
      const data = encodeShareSet({ ...set, sizeBytes: deal.sizeBytes })
      const written = [
        { file: refreshed, data: encodeRefreshedSet(set), secret: false },
        { file: described, data, secret: false },
      ]
      await writeAll(io, outDir, written, { force })
      const text = `${refreshed}\n${described}\nNew root ${encodeHex(set.root)}. Old shares are kept until \`confirm\` agrees.\n`
      await finish(io, options, { text, answer: { files: [refreshed, described], root: set.root } })
    })
}

interface FinishOptions extends OutputOptions {
  readonly set: string
  readonly format?: 'text' | 'bytes'
}

function finishCommand(io: Io): Command {
  const command = describeCommand(
    'finish',
    'Custodian, step 4: find your share in the published set and write it; keep the old one, too',
    'chartseal shares refresh finish --set refreshed-set.cbor pending-1.cbor --out new-share-1.txt',
  )
  return withOutput(command)
    .requiredOption('--set <file>', 'refreshed-set.cbor of the dealer')
    .addOption(formatOption())
    .argument('<pending>', 'the file of step 2')
    .action(async (file: string, options: FinishOptions) => {
      const published = await readMessage(io, options.set, parseRefreshedSet)
      const pending = await readMessage(io, file, parsePendingShare)
      const share = finishRefresh(pending, published, { clock: io.clock })
      const text = shareData(share, options.format)
      wipeShares([pending])
      await finish(io, options, { text, answer: { x: share.x, root: share.root, share: text }, secret: true })
    })
}
