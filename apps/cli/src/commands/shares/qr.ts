import { formatShare, verifyShare } from '@chartseal/shamir/v2'
import type { Command } from 'commander'
import { renderSVG, renderUnicodeCompact } from 'uqr'
import { describeCommand, finish, type OutputOptions, withOutput } from '../../io/command.js'
import type { Io } from '../../io/io.js'
import { readShareFile } from '../../io/share-envelopes.js'

/** The text of a share as a QR code: whoever sees it has the share. */
export function qrCommand(io: Io): Command {
  const command = describeCommand(
    'qr',
    'Draw a share of up to 512 bytes as a QR code, on the terminal or as SVG in a file. Whoever sees it has the share',
    'chartseal shares qr share-1.txt --out share-1.svg',
  )
  return withOutput(command)
    .argument('[file]', 'the share; - is stdin', '-')
    .action(async (file: string, options: OutputOptions) => {
      const share = await readShareFile(io, file)
      verifyShare(share)
      const text = formatShare(share)
      const drawing = options.out === undefined ? renderUnicodeCompact(text) : renderSVG(text)
      await finish(io, options, {
        text: `${drawing}\n`,
        answer: { x: share.x, svg: renderSVG(text) },
        secret: true,
      })
    })
}
