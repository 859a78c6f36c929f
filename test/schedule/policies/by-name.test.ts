/** Policies by name, the table that describes them, and the page that shows it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { isLaneworkError } from '#lanework/core/index.js'
import {
  optionsLike,
  policyByName,
  policyFromJson,
  policyRow,
  policyTable,
  presetLike,
  presets,
  type PolicyOption,
} from '#lanework/schedule/index.js'

/** A value that the option takes, other than its default where there is another. */
function sensible({ name, type, choices, default: usual }: PolicyOption): unknown {
  if (type === 'choice') return choices?.find((choice) => choice !== usual)
  if (type === 'boolean') return usual !== true
  if (type === 'list') return name === 'quanta' ? [1, 2, 4] : [1, 2, 3]
  if (type === 'weights') return { A: 2 }
  if (type === 'policy') return { policy: 'rr', quantum: 2 }
  if (type === 'queues')
    return [
      { name: 'one', policy: { policy: 'rr', quantum: 2 } },
      { name: 'two', policy: 'sjf' },
    ]
  return 1
}

/** Values that it must refuse. */
function senseless({ type, min, above, max }: PolicyOption): unknown[] {
  const outside = [
    min === undefined ? [] : [min - 1],
    above === undefined ? [] : [above],
    max === undefined ? [] : [max + 1],
  ]
  if (type === 'number' || type === 'integer') return ['one', NaN, ...outside.flat()]
  if (type === 'list') return [1, [], outside.flat()]
  if (type === 'weights') return [1, { A: 0 }]
  if (type === 'policy') return ['fcsf', 5]
  if (type === 'queues') return [1, [], ['rr'], [{ name: 'a', policy: 'fcsf' }]]
  return ['no such', type === 'choice' ? true : 5]
}

describe('the table of policies', () => {
  for (const row of policyTable) {
    it(`describes ${row.name} as it is`, () => {
      const policy = policyByName(row.name)
      assert.equal(policy.name, row.name)
      for (const alias of row.aliases) assert.equal(policyByName(alias).name, row.name)
      assert.match(row.description, /^[A-Z(].*[^.]\.$/)
      for (const text of [row.title, row.decidesBy, row.whenToUse, row.source]) assert.match(text, /\S/)
      if (row.preemptive === 'no') {
        policy.ready({ place: -1, name: 'A', priority: 1, remaining: 1, burst: 1 }, 0)
        assert.equal(policy.preempts, undefined)
      }
      if (row.preemptive === 'slices') assert.ok(policy.quantum !== undefined)
      if (row.preemptive === 'yes' || row.preemptive === 'option') assert.ok(policy.preempts !== undefined)
    })

    for (const option of row.options) {
      it(`says what ${row.name} takes for ${option.name}`, () => {
        policyByName(row.name, { [option.name]: sensible(option) })
        if (option.default !== undefined && option.type !== 'queues')
          policyByName(row.name, { [option.name]: option.default })
        for (const value of senseless(option))
          assert.throws(
            () => policyByName(row.name, { [option.name]: value }),
            { code: 'OPTION_INVALID' },
            String(value),
          )
        assert.match(option.description, /^[^A-Z].*[^.]$/)
      })
    }
  }

  it('has each name once', () => {
    const names = policyTable.flatMap(({ name, aliases }) => aliases.concat(name))
    assert.equal(new Set(names).size, names.length)
  })

  it('is what docs/scheduling-policies.md shows', () => {
    const page = readFileSync('docs/scheduling-policies.md', 'utf8')
    for (const { name, description, options } of policyTable) {
      assert.ok(page.includes(`| \`${name}\` | ${description.replaceAll('|', '\\|').replaceAll('<', '&lt;')} |`), name)
      for (const option of options)
        assert.ok(page.includes(`| \`${name}\` | \`${option.name}\` |`), `${name} ${option.name}`)
    }
    const rows = page.split('\n').filter((line) => /^\| `[\w-]+` \| `\w+` \|/.test(line))
    assert.equal(
      rows.length,
      policyTable.reduce((sum, { options }) => sum + options.length, 0),
    )
  })
})

describe('policyByName', () => {
  const detailOf = (act: () => unknown): { option: string; rule: string; got: string } => {
    try {
      act()
    } catch (error) {
      if (isLaneworkError(error, 'OPTION_INVALID')) return error.detail
      throw error
    }
    return assert.fail('nothing was refused')
  }

  it('names all policies, and the nearest, when it knows none of that name', () => {
    const { option, rule, got } = detailOf(() => policyByName('sfj'))
    assert.equal(option, 'policy')
    for (const { name } of policyTable) assert.ok(rule.includes(name), name)
    assert.match(rule, /nearest: sjf/)
    assert.match(got, /sfj/)
    assert.doesNotMatch(detailOf(() => policyByName('completely different')).rule, /nearest/)
    assert.doesNotMatch(detailOf(() => policyByName('x'.repeat(1e6))).rule, /nearest/)
    assert.equal(policyByName('FIFO').name, 'fcfs')
  })

  it('refuses a slice that is 0, negative or no number, and options of other policies', () => {
    for (const quantum of [0, -1, NaN, Infinity, '4']) {
      const { option, got } = detailOf(() => policyByName('rr', { quantum }))
      assert.equal(option, 'quantum')
      assert.ok(got.includes(String(quantum)))
    }
    assert.equal(detailOf(() => policyByName('fcfs', { quantum: 4 })).option, 'fcfs.quantum')
    assert.equal(detailOf(() => policyByName('rr', { quantm: 4 })).option, 'rr.quantm')
    assert.equal(policyByName('fcfs', { quantum: undefined }).name, 'fcfs')
  })

  it('reads a policy from a file', () => {
    assert.equal(policyFromJson('stcf').name, 'srtf')
    assert.equal(policyFromJson({ policy: 'rr', quantum: 4 }).quantum?.({ place: -1 }, 0), 4)
    for (const wrong of [undefined, null, 5, [], {}, { policy: 5 }, { policy: 'rr', quantum: 0 }, { quantum: 4 }])
      assert.throws(() => policyFromJson(wrong), { code: 'OPTION_INVALID' })
  })

  it('finds the row of a policy', () => {
    assert.equal(policyRow('cfs').name, 'fair')
    assert.throws(() => policyRow('constructor'), { code: 'OPTION_INVALID' })
  })
})

describe('presets', () => {
  it('have options that each policy takes', () => {
    for (const { book, policies } of Object.values(presets)) {
      for (const name of Object.keys(policies)) assert.equal(policyByName(name, optionsLike(book, name)).name, name)
    }
  })

  it('give way to what is set', () => {
    assert.deepEqual(optionsLike('silberschatz', 'rr'), { quantum: 4 })
    assert.deepEqual(optionsLike('silberschatz', 'rr', { quantum: 2 }), { quantum: 2 })
    assert.deepEqual(optionsLike('silberschatz', 'rr', { quantum: undefined }), { quantum: 4 })
    assert.deepEqual(optionsLike('silberschatz', 'fifo'), {})
  })

  it('differ where the books do', () => {
    assert.equal(presetLike('ostep').rules.tie, 'expired-first')
    assert.equal(presetLike('stallings').rules.tie, 'arrival-first')
    assert.equal(optionsLike('silberschatz', 'priority')['order'], 'low-first')
    assert.equal(optionsLike('tanenbaum', 'priority')['order'], 'high-first')
    for (const book of ['knuth', 'toString']) assert.throws(() => presetLike(book), { code: 'OPTION_INVALID' })
    assert.throws(() => optionsLike('ostep', 'none'), { code: 'OPTION_INVALID' })
  })
})
