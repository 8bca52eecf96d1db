/** What this device keeps of itself and of its clinic while it is unlocked; what another tab writes is taken up. */
import { consoleError } from '../errors.js'
import type { Rows } from '../store/rows.js'
import { atVault, type VaultOptions } from '../vault/vault.js'
import {
  type DeviceRow,
  deviceChanges,
  type PinnedClinic,
  readDeviceRow,
  readPinnedClinic,
} from './device-row.js'

/** The invitation, from before it is used again until the answer is stored: a device that dies in between goes on. */
export const begunKey = 'enrol-again'

export interface Own {
  readonly device: DeviceRow
  readonly clinic: PinnedClinic
}

export class OwnRows {
  #now: Own
  readonly #rows: Rows
  readonly #locks: VaultOptions['locks']
  readonly #seen: (own: Own) => void

  /** @param seen is told what is kept from now on */
  constructor(now: Own, { rows, locks }: Pick<VaultOptions, 'rows' | 'locks'>, seen: (own: Own) => void) {
    this.#now = now
    this.#rows = rows
    this.#locks = locks
    this.#seen = seen
  }

  get now(): Own {
    return this.#now
  }

  /** What another tab wrote since. */
  async refresh(): Promise<void> {
    const [device, clinic] = await Promise.all([readDeviceRow(this.#rows), readPinnedClinic(this.#rows)])
    if (device === null || clinic === null) throw consoleError('console/locked', {})
    const isSame = JSON.stringify({ device, clinic }) === JSON.stringify(this.#now)
    if (!isSame) this.#take({ device, clinic })
  }

  /** Written before it counts. @throws ChartsealError `console/locked` when the device was ended meanwhile */
  change(make: (own: Own) => Own): Promise<void> {
    return atVault({ locks: this.#locks }, async () => {
      await this.refresh()
      const next = make(this.#now)
      await this.#rows.write(deviceChanges(next.device, next.clinic))
      this.#take(next)
    })
  }

  #take(own: Own): void {
    this.#now = own
    this.#seen(own)
  }
}
