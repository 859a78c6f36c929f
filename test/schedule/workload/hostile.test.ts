/** Whatever a file holds: jobs come out, or an error with a place, never a crash of the reader. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isLaneworkError } from '#lanework/core/index.js'
import { readWorkload } from '#lanework/schedule/index.js'

const good: Readonly<Record<string, string>> = {
  json: '{"name": "x", "machine": {"cpus": 2}, "jobs": [{"name": "A", "arrival": 0, "bursts": [{"cpu": 3}, {"io": 2}]}]}',
  toml: 'policies = ["fcfs"]\n[machine]\ncpus = 2\n[[jobs]]\nname = "A"\nbursts = "5 disk:3& await"\n[[jobs.threads]]\nbursts = [1]\n',
  csv: 'name,arrival,bursts,affinity\nA,0,"1 disk:3",0 1\n"B, C",2,"[{""cpu"": 1}]",\n',
  swf: '; MaxProcs: 8\n1 0 10 100 4 -1 -1 8 200 -1 1 3 1 7 2 -1 -1 -1\n',
}

function check(text: string, file: string): void {
  try {
    const { jobs } = readWorkload(text, file, { jobs: 1_000 })
    for (const { name, bursts, threads } of jobs) {
      assert.ok(name.length > 0)
      assert.ok((bursts === undefined) !== (threads === undefined))
    }
  } catch (error) {
    if (isLaneworkError(error, 'WORKLOAD_TOO_LARGE')) return
    assert.ok(isLaneworkError(error, 'WORKLOAD_INVALID'), `${String(error)} for ${JSON.stringify(text)}`)
    const { file: named, line, column } = error.detail
    assert.equal(named, file)
    assert.ok(line >= 1 && column >= 1 && line <= text.split('\n').length + 1, `${line}:${column}`)
  }
}

describe('hostile workload files', () => {
  for (const [ending, text] of Object.entries(good)) {
    const file = `x.${ending}`

    it(`${ending}: any text`, () => {
      fc.assert(fc.property(fc.string({ maxLength: 60, unit: 'binary' }), (noise) => check(noise, file)))
    })

    it(`${ending}: a good one with a part replaced`, () => {
      const noise = fc.oneof(
        fc.string({ maxLength: 4 }),
        fc.constantFrom(
          '"',
          '\n',
          ',',
          '[',
          ']',
          '{',
          '}',
          '-',
          '1e999',
          'null',
          'nan',
          'inf',
          '__proto__',
          'constructor',
          '[[jobs]]',
        ),
      )
      const property = fc.property(fc.nat(text.length), fc.nat(8), noise, (from, length, put) => {
        check(text.slice(0, from) + put + text.slice(from + length), file)
        check(text.slice(0, from) + put + text.slice(from + length), 'standard input')
      })
      fc.assert(property, { numRuns: 500 })
    })
  }

  it('JSON: any value as a document, a job, a burst and a machine', () => {
    const property = fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value)
      check(text, 'x.json')
      check(`{"jobs": ${text}}`, 'x.json')
      check(`{"jobs": [${text}]}`, 'x.json')
      check(`{"jobs": [{"name": "A", "bursts": [${text}]}]}`, 'x.json')
      check(`{"jobs": [{"name": "A", "threads": [${text}]}]}`, 'x.json')
      check(`{"jobs": [{"name": "A", "burst": 1, "io": ${text}}]}`, 'x.json')
      check(`{"jobs": [{"name": "A", "burst": 1}], "machine": ${text}}`, 'x.json')
      check(`{"generate": ${text}}`, 'x.json')
      check(`{"jobs": [{"name": "A", "burst": 1}], "policies": ${text}}`, 'x.json')
    })
    fc.assert(property, { numRuns: 300 })
  })

  it('names of Object.prototype are no fields', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      check(`{"jobs": [{"name": "A", "burst": 1, "${name}": 1}]}`, 'x.json')
      check(`{"jobs": [{"name": "A", "burst": 1}], "machine": {"${name}": {}, "rules": {"${name}": 1}}}`, 'x.json')
      check(`name,burst,${name}\nA,1,1\n`, 'x.csv')
      check(`{"generate": {"jobs": 1, "service": "${name}", "${name}": 2}}`, 'x.json')
    }
  })

  it('a hundred thousand brackets are an error', () => {
    const deep = '['.repeat(100_000)
    check(deep, 'x.json')
    check(deep + ']'.repeat(100_000), 'x.json')
    check(`{"jobs": [{"name": ${deep}${']'.repeat(100_000)}}]}`, 'x.json')
    check(`jobs = ${deep}`, 'x.toml')
    check(`${'"'.repeat(100_001)}\n`, 'x.csv')
  })
})
