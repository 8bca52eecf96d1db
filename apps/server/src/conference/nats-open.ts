/** Links over NATS, as the settings of a server or a relay say. */
import type { Random } from '@chartseal/core/ports'
import { type Config, configError } from '../config.js'
import { kindOf, type Logger } from '../logger.js'
import type { HomeLinks } from './home-links.js'
import { relayKeyIn } from './relay-key.js'

/**
 * `null` where the settings name no server of NATS. Does not wait for one, which may come later.
 * @throws ChartsealError `config/value`, `files/failed`, `relay-key/malformed`, `nats/credentials`
 */
export async function natsLinksOf(
  { natsUrls: urls, natsCredentials: credentialsFile, relayKey }: Config,
  random: Random,
  logger: Logger,
): Promise<HomeLinks | null> {
  if (urls.length === 0) return null
  if (relayKey === null)
    throw configError('config/value', { name: 'relay-key', expected: 'given, as --nats-url is' })
  const key = await relayKeyIn(relayKey)
  const { NatsBus } = await import('./nats-bus.js')
  const { NatsLinks } = await import('./nats-links.js')
  const onFault = (error: unknown): void => logger.warn(kindOf(error), 'a fault of the way over NATS')
  const bus = await NatsBus.open({ urls, credentialsFile, onFault })
  return new NatsLinks({ bus, key, random, onFault })
}
