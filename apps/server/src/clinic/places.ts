/** Where things are on a machine when nobody says. */
import { homedir, platform } from 'node:os'
import { join } from 'node:path'

/** The user's data home, by the custom of the platform. */
export function dataHome(env: { readonly [name: string]: string | undefined }): string {
  const home = homedir()
  if (platform() === 'win32') return join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'chartseal')
  if (platform() === 'darwin') return join(home, 'Library', 'Application Support', 'chartseal')
  const given = env['XDG_DATA_HOME'] ?? ''
  // XDG Base Directory: a path that is not absolute is to be ignored.
  return join(given.startsWith('/') ? given : join(home, '.local', 'share'), 'chartseal')
}

/** How the clinic is reached when nobody says: on this machine alone. */
export function localOrigin(port: number): string {
  return `http://localhost:${port}`
}

export function isLoopback(host: string): boolean {
  return /^(127(\.\d{1,3}){3}|::1|localhost)$/.test(host)
}
