/** Text in HTML, and the few elements that several pages share. */

export const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** A table that is wider than a phone moves by itself, and by the keyboard too. */
export const wide = (name: string, html: string): string =>
  `<div class="wide" role="group" tabindex="0" aria-label="${escapeHtml(name)}">${html}</div>`

/** A link; a target outside of the site is one that the reader should see before. */
export const link = (href: string, html: string): string => `<a href="${escapeHtml(href)}">${html}</a>`
