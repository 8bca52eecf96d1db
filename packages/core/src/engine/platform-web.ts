import type { EnginePlatform } from './platform.js'

export const platform: EnginePlatform = {
  // A plain loop: a callback for each byte took milliseconds more.
  decodeBase64: text => {
    const characters = atob(text)
    const bytes = new Uint8Array(characters.length)
    for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i)
    return bytes
  },
}
