export function contentOf(id: string, number: number): Uint8Array
