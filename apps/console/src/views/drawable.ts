/** Media types that browsers draw without running anything: no SVG. */
export const drawable = /^image\/(png|jpeg|gif|webp|avif)$/
