/** Runner of vectors/own/desk-files.json: what the command line keeps of a device, sealed or in clear. */
import { contentOf, FileSeal } from '@chartseal/clinic/fs/conference'
import { encodeBook } from '@chartseal/clinic/prescriptions'
import type { JsonObject } from '@chartseal/core/json'
import { systemRandom } from '@chartseal/core/system'
import { agree, lateRefusalOf, type VectorRunners } from '@chartseal/core/vectors'
import { type DeskContent, decodeDesk } from '../../io/ledger/desk-file.js'

async function deskIn(testCase: JsonObject): Promise<DeskContent> {
  const file = testCase.hex('file')
  if (!testCase.has('passphrase')) return decodeDesk(contentOf(file, null))
  using seal = await FileSeal.open(file, testCase.text('passphrase'), { random: systemRandom })
  return decodeDesk(contentOf(file, seal))
}

export const runners: VectorRunners = {
  'desk-files': async testCase => {
    if (testCase.has('refused')) {
      agree('the refusal', await lateRefusalOf(() => deskIn(testCase)), testCase.text('refused'))
      return
    }
    const desk = await deskIn(testCase)
    using key = desk.key
    agree('the server', desk.server.origin, testCase.text('server'))
    agree('the key', key.reveal(), testCase.hex('key'))
    agree('the book', encodeBook(desk.book), testCase.hex('book'))
  },
}
