/** The scripts that this page names at run time: these two, and no other. */

interface TrustedPolicy {
  createScriptURL(url: string): string
}

interface TrustedFactory {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): TrustedPolicy
}

declare global {
  interface Window {
    readonly trustedTypes?: TrustedFactory
  }
}

const scripts = ['/sw.js', '/beat.js'] as const
type Script = (typeof scripts)[number]

/** By whatever it is asked for, one of them. */
const rules = { createScriptURL: (url: string) => scripts.find(one => one === url) ?? scripts[0] }
let policy: TrustedPolicy | null = null

export function scriptUrl(path: Script): string {
  policy ??= window.trustedTypes?.createPolicy('chartseal', rules) ?? rules
  return policy.createScriptURL(path)
}
