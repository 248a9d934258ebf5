import { expect, test } from 'vitest'
import { fileNamesOf, isFileName, isJobId, variantOf } from '../../../src/images/names.ts'

test('keeps the names that Discord gives, and makes others plain', () => {
  expect(fileNamesOf(['ann_a_cat_8f1a.png'])).toEqual(['ann_a_cat_8f1a.png'])
  expect(fileNamesOf(['Café au lait.png', '../../etc/passwd', '.hidden', '猫.png', ''])).toEqual([
    'Cafe_au_lait.png',
    '_.._etc_passwd',
    'hidden',
    '_.png',
    'file',
  ])
})

test('tells apart what would have one name, also the name of a variant', () => {
  expect(fileNamesOf(['a b.png', 'a_b.png', 'a_b.png', 'thumbnail.webp'])).toEqual([
    'a_b.png',
    'a_b-2.png',
    'a_b-3.png',
    'thumbnail-2.webp',
  ])
})

test('makes only names that it accepts', () => {
  for (const name of fileNamesOf([
    'x'.repeat(500),
    `${'y'.repeat(300)}.${'z'.repeat(300)}`,
    '...',
    'é\u0000/',
  ])) {
    expect(isFileName(name)).toBe(true)
  }
})

test.for(['', '.', '..', '.note', 'a/b', 'a\\b', 'a\u0000', 'a b', 'ä', 'a~note', 'x'.repeat(201)])(
  'refuses %j as a name of a file',
  (name) => expect(isFileName(name)).toBe(false),
)

test.for(['', '..', 'a.b', 'a/b', '%2e', 'x'.repeat(65)])('refuses %j as a job', (id) =>
  expect(isJobId(id)).toBe(false),
)

test('knows the variants by their names alone', () => {
  expect(variantOf('quarter-3.png')).toEqual({ kind: 'quarter', quarter: 3 })
  expect(variantOf('quarter-5.png')).toBeNull()
  expect(variantOf('constructor')).toBeNull()
})
