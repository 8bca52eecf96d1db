import { formatShare, verifyShare } from '@chartseal/shamir'
import type { Command } from 'commander'
import { describeCommand, finish, type OutputOptions, withOutput } from '../../io/command.js'
import type { Io } from '../../io/io.js'
import { qrAsSvg, qrForFile, qrForTerminal } from '../../io/qr.js'
import { readShareFile } from '../../io/share-envelopes.js'

/** The text of a share as a QR code: whoever sees it has the share. */
export function qrCommand(io: Io): Command {
  const command = describeCommand(
    'qr',
    'Draw a share of up to 512 bytes as a QR code, on the terminal or in a file (.svg, .png). Whoever sees it has the share',
    'chartseal shares qr share-1.txt --out share-1.svg',
  )
  return withOutput(command)
    .argument('[file]', 'the share; - is stdin', '-')
    .action(async (file: string, options: OutputOptions) => {
      const share = await readShareFile(io, file)
      verifyShare(share)
      const text = formatShare(share)
      await finish(io, options, {
        text: options.out === undefined ? qrForTerminal(text) : qrForFile(text, options.out),
        answer: { x: share.x, svg: qrAsSvg(text) },
        secret: true,
      })
    })
}
