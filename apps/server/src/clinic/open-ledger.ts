import { encodeBase64Url } from '@chartseal/core/encoding'
import { ledgerIdOf } from '@chartseal/emr-ledger'
import { gossipOf } from '../gossip/open.js'
import { ensureGenesis } from '../ledger/genesis.js'
import { ClinicLedger } from '../ledger/ledger.js'
import { noteTip } from '../ledger/noted.js'
import { openNode } from '../ledger/open-node.js'
import type { OpenedStore } from '../store.js'
import type { AuditLog } from './audit-log.js'
import type { ClinicDescription } from './clinic.js'
import { type Events, newsSlot } from './events.js'
import type { OpenClinicOptions } from './setup.js'

/**
 * Opens the node of the prescription ledger, which a clinic of an older version gets now.
 * @throws ChartsealError `clinic/ledger-behind`, `ledger/…`, `files/…`, `store/…`
 */
export async function openLedger(
  { name }: ClinicDescription,
  store: OpenedStore,
  { log, events }: { readonly log: AuditLog; readonly events: Events },
  options: OpenClinicOptions,
): Promise<ClinicLedger> {
  const { paths, origin, clock, random, peers = [], onLedgerFault = () => undefined } = options
  const { host } = new URL(origin)
  const genesis = await ensureGenesis(store, paths, { name, host }, { clock, random })
  return ClinicLedger.open({
    genesis,
    open: otherClocks => openNode({ paths, store, genesis, clock, random, otherClocks }),
    mayWrite: () => store.claim.isHeld(),
    peers,
    fetch: options.peerFetch ?? ((url, init) => fetch(url, init)),
    gossip: gossipOf(options, ledgerIdOf(genesis)),
    clock,
    run: encodeBase64Url(random.bytes(16)),
    onNews: () => events.slot(newsSlot),
    noteTip: tip => noteTip(log, ledgerIdOf(genesis), tip),
    onChange: (height, final) => events.ledger(height, final),
    onFault: onLedgerFault,
  })
}
