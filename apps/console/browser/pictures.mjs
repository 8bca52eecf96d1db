/** A screen as others have it: on a phone and at a desk, light and dark. */
import { join } from 'node:path'

const sizes = [
  { width: 390, height: 844 },
  { width: 1280, height: 800 },
]

/**
 * Calls `look` on a phone in light and at a desk in dark, which together have each width and each scheme; `folder` gets
 * pictures of all four unless it is `null`. @param scale `device`, or `css` for pixels as a document has them
 */
export async function lookAt({ page }, screen, folder, look, scale = 'device') {
  const before = page.viewportSize()
  for (const size of sizes) {
    await page.setViewportSize(size)
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme })
      const name = `${screen}-${size.width}-${colorScheme}`
      const isChecked = size.width < 800 === (colorScheme === 'light')
      if (isChecked) await look(name)
      if (folder !== null) await page.screenshot({ path: join(folder, `${name}.png`), scale })
    }
  }
  await page.emulateMedia({ colorScheme: null })
  await page.setViewportSize(before)
}
