/** Where a host is reached, and where a patient goes. */
import { isIP } from 'node:net'
import { type Command, InvalidArgumentError } from 'commander'

export interface HostPort {
  readonly host: string
  readonly port: number
}

export function withPlace(command: Command, option: '--listen' | '--address', what: string): Command {
  return command
    .option(`${option} <host:port>`, what, parseHostPort)
    .option('--server <url>', "or by way of a clinic's server, such as https://clinic.example", parseServer)
}

/** `127.0.0.1:7400`, `[::1]:7400`, `localhost:7400`. */
export function parseHostPort(text: string): HostPort {
  const [, bracketed, plain, digits = ''] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain ?? ''
  const port = Number(digits)
  const isName = plain !== undefined && /^[A-Za-z0-9.-]+$/.test(plain)
  if (digits === '' || port > 65_535 || (isIP(host) === 0 && !isName))
    throw new InvalidArgumentError('It must be an address and a port, such as 127.0.0.1:7400 or [::1]:7400.')
  return { host, port }
}

export function parseServer(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search !== '')
    throw new InvalidArgumentError('It must be the address of a clinic, such as https://clinic.example.')
  return url
}
