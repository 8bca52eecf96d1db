/** Whether the bill of a packed program is CycloneDX, and names all that is in the program. */
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import { noticeName } from './bundle.mjs'
import { npmPeer } from './npm-peer.mjs'
import { sbomName } from './sbom.mjs'
import { tarballText } from './tarballs.mjs'

const validators = ['@cyclonedx/cyclonedx-library@10.3.0', 'ajv@8.20.0']
const formats = ['ajv-formats@3.0.1', 'ajv-formats-draft2019@1.6.1']

/** The library of CycloneDX, which has its schema; `null` when npm did not get it. */
function cyclonedx() {
  const peer = npmPeer('cyclonedx', [...validators, ...formats])
  return peer === null ? null : createRequire(join(peer, 'package.json'))('@cyclonedx/cyclonedx-library')
}

/** What a packed program is made of, by its own files: the notice of what was copied, and what it lets npm install. */
function madeOf(tarball) {
  const notice = tarballText(tarball, noticeName).matchAll(/^## (\S+) (\S+) \(/gm)
  const { dependencies, optionalDependencies } = JSON.parse(tarballText(tarball, 'package.json'))
  return [
    ...[...notice].map(([, name, version]) => [name, version]),
    ...Object.entries({ ...dependencies, ...optionalDependencies }),
  ]
}

/** What is wrong with the bill of a packed program. */
export async function billFindings(tarball) {
  const library = cyclonedx()
  if (library === null) return ['the library of CycloneDX cannot be installed']
  const text = tarballText(tarball, sbomName)
  const { specVersion, components } = JSON.parse(text)
  const errors = await new library.Validation.JsonStrictValidator(specVersion).validate(text)
  const named = new Set(components.map(({ group, name, version }) => `${group ?? ''}/${name} ${version}`))
  return [
    ...(errors === null ? [] : [`is no CycloneDX ${specVersion}: ${JSON.stringify(errors).slice(0, 200)}`]),
    ...madeOf(tarball)
      .map(([name, version]) => `${name.startsWith('@') ? '' : '/'}${name} ${version}`)
      .filter(one => !named.has(one))
      .map(one => `does not name ${one}`),
  ].map(text => `${basename(tarball)}: its ${sbomName} ${text}`)
}
