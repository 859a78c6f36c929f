/** The known answers of textbooks and course programs on memory and paging, each by its name. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { fieldOf, isSame, jsonLines, playMemory, readMemory } from '#lanework/schedule/index.js'

const file = 'test/fixtures/schedule/cases.json'
const root = fileURLToPath(new URL('../', import.meta.resolve('#lanework/index.js')))
const text = readFileSync(`${root}${file}`, 'utf8')

interface Case {
  readonly name: string
  readonly kind: string
  readonly tolerance?: number
  readonly expected: Readonly<Record<string, unknown>>
}

const { cases } = JSON.parse(text) as { cases: readonly Case[] }
const ours = cases.filter(({ kind }) => kind === 'memory' || kind === 'paging')

describe('known answers on memory and paging', () => {
  it('there are 15 of memory and 6 of paging', () => {
    assert.deepEqual(
      ['memory', 'paging'].map((kind) => ours.filter((each) => each.kind === kind).length),
      [15, 6],
    )
  })

  for (const each of ours) {
    it(each.name, () => {
      const path = ['cases', cases.indexOf(each)]
      const scenario = readMemory(fieldOf(each, { file, lineOf: (inside) => jsonLines(text)([...path, ...inside]) }))
      const { results } = playMemory(scenario)
      const got = Object.fromEntries(Object.keys(each.expected).map((key) => [key, results[key]]))
      if (isSame(each.expected, got, each.tolerance)) return
      assert.deepEqual(got, each.expected)
      assert.fail('the values differ')
    })
  }
})
