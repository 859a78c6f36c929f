/** Columns show what has most of them, and never more than they can. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { type Column, columnsOf, rowsOf, runsOf } from '#lanework/schedule/draw/columns.js'

interface Named {
  readonly name: string
  readonly from: number
  readonly to: number
}

const span = (name: string, from: number, to: number): Named => ({ name, from, to })
const shown = (columns: readonly Column<Named>[]): string =>
  columns.map(({ span, mixed }) => (mixed ? '%' : (span?.name ?? '.'))).join('')
const same = (a: Named, b: Named): boolean => a.name === b.name

describe('a column', () => {
  test('shows the span that covers it', () => {
    assert.equal(shown(columnsOf([span('A', 0, 2), span('B', 3, 4)], { from: 0, to: 4, count: 4 }, same)), 'AA.B')
  })
  test('shows the one that has more than half of it', () => {
    assert.equal(shown(columnsOf([span('A', 0, 3), span('B', 3, 4)], { from: 0, to: 4, count: 1 }, same)), 'A')
  })
  test('is mixed where none has more than half', () => {
    const spans = [span('A', 0, 1), span('B', 1, 2), span('C', 2, 3)]
    assert.equal(shown(columnsOf(spans, { from: 0, to: 3, count: 1 }, same)), '%')
  })
  test('adds up what one owner has of it', () => {
    const spans = [span('A', 0, 1), span('B', 1, 2), span('A', 2, 3)]
    assert.equal(shown(columnsOf(spans, { from: 0, to: 3, count: 1 }, same)), 'A')
  })
  test('is empty where most of it is', () => {
    assert.equal(shown(columnsOf([span('A', 0, 1)], { from: 0, to: 3, count: 1 }, same)), '.')
  })
  test('leaves out what lies outside, and cuts what reaches in', () => {
    const spans = [span('A', 0, 5), span('B', 5, 9)]
    assert.equal(shown(columnsOf(spans, { from: 4, to: 7, count: 3 }, same)), 'ABB')
  })
  test('keeps its edges where times are no round numbers', () => {
    assert.equal(shown(columnsOf([span('A', 0.1, 0.3)], { from: 0, to: 1, count: 10 }, same)), '.AA.......')
  })
})

test('runs join columns of one span, and two spans of one owner stay two runs', () => {
  const spans = [span('A', 0, 2), span('A', 2, 3)]
  const runs = runsOf(columnsOf(spans, { from: 0, to: 4, count: 4 }, same))
  assert.deepEqual(
    runs.map(({ start, length }) => [start, length]),
    [
      [0, 2],
      [2, 1],
      [3, 1],
    ],
  )
})

test('spans that overlap get rows of their own', () => {
  const rows = rowsOf([span('A', 0, 3), span('B', 1, 2), span('C', 2, 4), span('D', 3, 5)])
  assert.deepEqual(
    rows.map((row) => row.map(({ name }) => name)),
    [
      ['A', 'D'],
      ['B', 'C'],
    ],
  )
})
