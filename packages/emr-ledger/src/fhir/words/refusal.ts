/** Why a resource is left out, in words for people: never a reason to sign something else in its place. */
export class LeftOut extends Error {
  override readonly name = 'LeftOut'
}

export function leaveOut(reason: string): never {
  throw new LeftOut(reason)
}
