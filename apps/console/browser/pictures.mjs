/** Pictures of a screen: on a phone and at a desk, light and dark. */
import { join } from 'node:path'

const sizes = [
  { width: 390, height: 844 },
  { width: 1280, height: 800 },
]

export async function lookAt({ page }, screen, folder) {
  const before = page.viewportSize()
  for (const size of sizes) {
    await page.setViewportSize(size)
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme })
      await page.screenshot({ path: join(folder, `${screen}-${size.width}-${colorScheme}.png`) })
    }
  }
  await page.emulateMedia({ colorScheme: null })
  await page.setViewportSize(before)
}
