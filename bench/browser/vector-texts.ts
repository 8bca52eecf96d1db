/// <reference types="vite/client" />
/** The files of vectors/seeds as Vite puts them into the page: their texts by name without `.json`. */
const files = import.meta.glob<string>('../../vectors/seeds/*.json', {
  query: '?raw',
  import: 'default',
  eager: true,
})

export const vectorTexts: ReadonlyMap<string, string> = new Map(
  Object.entries(files).map(([path, text]) => [path.replace(/^.*\/|\.json$/g, ''), text]),
)
