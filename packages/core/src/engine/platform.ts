/** What the engine asks of the platform; apart from core's own, so that an engine loads nothing else. */
export interface EnginePlatform {
  /** The bytes of standard base64 with padding, known to be right. */
  decodeBase64(text: string): Uint8Array<ArrayBuffer>
}
