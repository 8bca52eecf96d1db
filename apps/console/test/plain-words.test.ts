import { beforeAll, describe, expect, it } from 'vitest'
import { languages, loadWords, textsOf } from '../dist/text/texts.js'
import { isNamed } from '../dist/views/names.js'
import { spanText } from '../dist/views/span-text.js'
import { untilText } from '../dist/views/until-text.js'

beforeAll(() => Promise.all(languages.map(loadWords)))

describe('a name', () => {
  it.each([
    ['José García Núñez', ' garcia nunez '],
    ['JOSÉ', 'josé'],
    ['Ñandú', 'n\u0303andu'],
    ['Zoë', 'ZOE'],
    ['Rosa', ''],
  ])('of %s is found by “%s”', (name, typed) => {
    expect(isNamed(name, typed)).toBe(true)
  })

  it('is not found by another one', () => {
    expect(isNamed('José García', 'garcía josé')).toBe(false)
  })
})

describe('a time', () => {
  it.each([
    [1, '1 minute', '1 minuto'],
    [90, '90 minutes', '90 minutos'],
    [60, '1 hour', '1 hora'],
    [240, '4 hours', '4 horas'],
    [1_440, '1 day', '1 día'],
    [1_500, '25 hours', '25 horas'],
    [10_080, '7 days', '7 días'],
  ])('of %i minutes is said as people say it', (minutes, en, es) => {
    expect([spanText(minutes, 'en'), spanText(minutes, 'es')]).toEqual([en, es])
  })
})

describe('the last day of a prescription', () => {
  it('is the day that its doctor chose, wherever it is read', () => {
    for (const timeZone of ['Pacific/Kiritimati', 'Pacific/Pago_Pago']) {
      const [en, es] = [textsOf('en', () => 0, { timeZone }), textsOf('es', () => 0, { timeZone })]
      expect(untilText('2099-12-31', 0, en)).toBe('December 31, 2099')
      expect(untilText('2099-12-31', 0, es)).toBe('31 de diciembre de 2099')
    }
    const texts = textsOf('es', () => 0, { timeZone: 'UTC' })
    expect(untilText('', 0, texts)).toBe(texts.date(0))
  })
})
