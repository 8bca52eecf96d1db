/** What a browser does not give: a camera, a code in a picture, a secret of a passkey. */
import { systemRandom } from '@chartseal/core/system'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { readCodeFile, watchCamera } from '../dist/browser/qr.js'
import { webAuthnPasskeys } from '../dist/vault/passkey.js'

function stub(name: string, value: unknown): void {
  vi.stubGlobal(name, value)
  onTestFinished(() => void vi.unstubAllGlobals())
}

describe('a browser', () => {
  it('without a camera says so', async () => {
    const watched = watchCamera(Object.create(null), new AbortController().signal)
    await expect(watched).rejects.toMatchObject({ code: 'console/no-camera' })
  })

  it('reads a text as it is, and finds no code in a picture that is none', async () => {
    stub('createImageBitmap', () => Promise.reject(new Error('not a picture')))
    expect(await readCodeFile(new File(['chartseal-pair:x'], 'code.txt', { type: 'text/plain' }))).toBe(
      'chartseal-pair:x',
    )
    const picture = readCodeFile(new File(['x'], 'code.png', { type: 'image/png' }))
    await expect(picture).rejects.toMatchObject({ code: 'console/no-code-in-picture' })
  })

  it('whose passkey gives no secret cannot unlock with it', async () => {
    for (const prf of [undefined, { enabled: false }, { enabled: true }]) {
      class Given {
        readonly id = 'id'
        readonly type = 'public-key'
        readonly rawId = new ArrayBuffer(16)
        getClientExtensionResults(): object {
          return { prf }
        }
      }
      stub('PublicKeyCredential', Given)
      const one = async (): Promise<Given> => new Given()
      const container = {
        create: one,
        get: one,
        store: async () => undefined,
        preventSilentAccess: async () => undefined,
      }
      const passkeys = webAuthnPasskeys(systemRandom, container, () => 'North Street')
      await expect(passkeys.create('Rosa')).rejects.toMatchObject({ code: 'console/passkey-without-prf' })
    }
  })
})
