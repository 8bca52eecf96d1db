/** The address of the project, one setting: `config.home` in the package.json of the root, empty until it is public. */

import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { root } from './workspace.mjs'

const shape = /^https:\/\/[^/\s]+\/[^/\s]+\/[^/\s]+$/

/** `https://host/owner/name`, or `null` while it is not set. */
export function readHome() {
  const { home } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).config
  if (home === '') return null
  if (!shape.test(home)) throw new Error(`config.home must be https://host/owner/name: ${home}`)
  return home
}

/** What a packed manifest says of the project; nothing while nobody can look there. */
export const homeFields = (home, folder) =>
  home === null
    ? {}
    : {
        repository: { type: 'git', url: `git+${home}.git`, directory: folder },
        homepage: `${home}/tree/main/${folder}#readme`,
        bugs: { url: `${home}/issues` },
      }

const isRelative = target => !/^([a-z]+:|#|\/)/i.test(target)

/** Code is left as it is. */
const codeOrLink = /^```[\s\S]*?^```$|`[^`\n]*`|\[((?:[^\][]|\[[^\]]*\])*)\]\(([^)\s]+)\)/gm

/** The relative links of a page. */
export const relativeLinks = text =>
  [...text.matchAll(codeOrLink)].map(([, , target]) => target).filter(target => target && isRelative(target))

/**
 * A page as it is read far from its neighbours: links to files that are not packed go to `home`, at the tag of the
 * version; without a home their words stay.
 */
export function withAbsoluteLinks(text, { folder, home, version, packed }) {
  return text.replace(codeOrLink, (whole, words, target) => {
    if (target === undefined || !isRelative(target)) return whole
    const [path, anchor] = target.split('#')
    if (packed.includes(posix.normalize(path))) return whole
    if (home === null) return words
    const address = `${home}/blob/v${version}/${posix.normalize(`${folder}/${path}`)}`
    return `[${words}](${address}${anchor === undefined ? '' : `#${anchor}`})`
  })
}
