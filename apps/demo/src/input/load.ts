import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { demoError } from '../errors.js'
import type { Io } from '../io.js'
import { type PatientBundle, readBundle } from './bundle.js'
import { isPart10, syntheticImage } from './dicom.js'

export interface DemoInput {
  readonly bundle: PatientBundle
  readonly bundleName: string
  readonly image: Uint8Array
  readonly imageName: string
}

export interface InputOptions {
  readonly bundle?: string | undefined
  readonly dicom?: string | undefined
}

const ownBundle = new URL('../../data/demo-bundle.json', import.meta.url)

/**
 * The files that were named, or the demo's own synthetic ones.
 * @throws ChartsealError `demo/not-a-bundle`, `demo/not-dicom`, `json/invalid`, `encoding/invalid`
 */
export async function loadInput(io: Io, options: InputOptions): Promise<DemoInput> {
  const bundle = options.bundle === undefined ? await readOwnBundle() : await readBytes(io, options.bundle)
  const image = options.dicom === undefined ? syntheticImage() : await readBytes(io, options.dicom)
  if (!isPart10(image)) throw demoError('demo/not-dicom', {})
  return {
    bundle: readBundle(bundle),
    bundleName: options.bundle ?? "the demo's own bundle",
    image,
    imageName: options.dicom ?? "the demo's own image",
  }
}

async function readOwnBundle(): Promise<Uint8Array> {
  return Uint8Array.from(await readFile(ownBundle))
}

/** @throws RangeError for a file that cannot be read: the call was wrong */
async function readBytes(io: Io, file: string): Promise<Uint8Array> {
  try {
    return Uint8Array.from(await readFile(resolve(io.cwd, file)))
  } catch (error) {
    throw new RangeError(`cannot read ${file}`, { cause: error })
  }
}
