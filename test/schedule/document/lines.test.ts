/** Lines of values in JSON and TOML, and what a wrong value is told. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { fieldOf, isSame, jsonLines, lineAt, tomlLines, type FieldPath } from '#lanework/schedule/index.js'

describe('lines of JSON', () => {
  it('are those of every value, in whatever it is', () => {
    /** Prints a value with one entry a line, and notes where each begins. */
    const print = (value: unknown, path: FieldPath, lines: string[], places: [FieldPath, number][]): void => {
      places.push([path, lines.length])
      const entries: [string | number, unknown][] = Array.isArray(value)
        ? [...value.entries()]
        : Object.entries(value as object)
      lines[lines.length - 1] += Array.isArray(value) ? '[' : '{'
      for (const [at, [key, each]] of entries.entries()) {
        lines.push(Array.isArray(value) ? '' : `${JSON.stringify(key)}: `)
        if (typeof each === 'object' && each !== null) print(each, [...path, key], lines, places)
        else {
          places.push([[...path, key], lines.length])
          lines[lines.length - 1] += JSON.stringify(each)
        }
        lines[lines.length - 1] += at === entries.length - 1 ? '' : ','
      }
      lines.push(Array.isArray(value) ? ']' : '}')
    }
    const property = fc.property(fc.object({ maxDepth: 3, withNullPrototype: false }), (value) => {
      const clean = JSON.parse(JSON.stringify(value)) as unknown
      const lines = ['']
      const places: [FieldPath, number][] = []
      print(clean, [], lines, places)
      const text = lines.join('\n')
      assert.deepEqual(JSON.parse(text), clean)
      const lineOf = jsonLines(text)
      for (const [path, line] of places) assert.equal(lineOf(path), line, `${JSON.stringify(path)} in\n${text}`)
    })
    fc.assert(property)
  })

  it('survive what is nested too deep', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000)
    assert.equal(jsonLines(`{"a":\n${deep},\n"b": 1}`)(['a', 0, 0]), 2)
  })
})

describe('lines of TOML', () => {
  const text = [
    '# a comment with [brackets] and "quotes',
    'policy = "buddy" # another = one',
    'ops = [',
    '  ["alloc", "A", 10], # [',
    '  ["free", "A"],',
    ']',
    'long = """',
    'x = 1',
    '"""',
    '[params]',
    'size = 3',
    '',
    '[[segments]]',
    "name = 'code'",
    'at = { base = 1, limit = 2 }',
    '[[segments]]',
    'name = "heap"',
  ].join('\n')

  const expected: [FieldPath, number][] = [
    [['policy'], 2],
    [['ops'], 3],
    [['ops', 0, 2], 4],
    [['ops', 1], 5],
    [['long'], 7],
    [['params'], 10],
    [['params', 'size'], 11],
    [['segments', 0, 'name'], 14],
    [['segments', 0, 'at', 'limit'], 15],
    [['segments', 1], 16],
    [['segments', 1, 'name'], 17],
    [['segments', 1, 'missing'], 16],
    [['missing'], 1],
  ]
  for (const [path, line] of expected)
    it(`${path.join('.')} stands in line ${line}`, () => assert.equal(tomlLines(text)(path), line))
})

describe('a field', () => {
  const field = (value: unknown) => fieldOf(value, { file: 'a.json', lineOf: (path) => path.length })

  it('says file, line, path, what it must be and what it is', () => {
    const jobs = field({ jobs: [{ size: 'ten' }] })
    assert.throws(() => jobs.at('jobs').at(0).at('size').number(), {
      code: 'SCENARIO_INVALID',
      message: 'a.json:3: jobs[0].size must be a finite number; got "ten" (string).',
    })
    assert.throws(() => jobs.onlyKeys(['job']), { message: 'a.json:1: jobs is unknown; known are job.' })
  })

  it('refuses what is no number, name, flag, choice, list or object', () => {
    const value = field({ nan: Number.NaN, half: 1.5, list: [1, 2], object: {}, none: null, __proto__: { x: 1 } })
    const wrong: (() => unknown)[] = [
      () => value.at('nan').number(),
      () => value.at('half').number(2),
      () => value.at('half').integer(0, 10),
      () => value.at('list').text(),
      () => value.at('half').flag(),
      () => value.at('half').choice(['a']),
      () => value.at('list').list(1),
      () => value.at('object').list(1),
      () => value.at('list').entries(),
      () => value.at('none').number(),
      () => value.at('toString').text(),
    ]
    for (const each of wrong) assert.throws(each, { code: 'SCENARIO_INVALID' }, String(each))
    assert.equal(
      value.at('none').optional((each) => each.number()),
      undefined,
    )
  })
})

describe('comparing values', () => {
  it('does not mind the order of keys, and allows a tolerance for numbers', () => {
    assert.ok(isSame({ a: [1, null], b: 'x' }, { b: 'x', a: [1, null] }))
    assert.ok(isSame([1, 2], [1.004, 2], 0.005))
    for (const [left, right] of [
      [{ a: 1 }, { a: 1, b: 2 }],
      [[1], [1, 2]],
      [[], {}],
      [null, {}],
      [1, '1'],
      [1, 1.1],
    ])
      assert.equal(isSame(left, right), false, JSON.stringify([left, right]))
  })

  it('counts lines from 1', () => {
    assert.deepEqual(
      [0, 1, 2, 3].map((place) => lineAt('a\nb\n', place)),
      [1, 1, 2, 2],
    )
  })
})
