import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import {
  LaneworkError,
  errorCodes,
  errorFromWire,
  errorToWire,
  fail,
  isLaneworkError,
  type ErrorCode,
  type WireError,
} from '#lanework/core/index.js'
import { sampleDetails } from './sample-details.ts'

const sample = (code: ErrorCode): LaneworkError => fail(code, sampleDetails[code])

/** There and back as it happens between processes. */
function travel(error: unknown): Error {
  return errorFromWire(JSON.parse(JSON.stringify(errorToWire(error))) as WireError)
}

describe('every error code', () => {
  for (const code of errorCodes) {
    it(`says what happened and what to do (${code})`, () => {
      const error = sample(code)
      assert.match(error.message, /^.+\.$/)
      assert.match(error.fix, /^.+\.$/)
      assert.doesNotMatch(error.message, /undefined|\[object/)
      for (const value of Object.values(sampleDetails[code])) assert.ok(error.message.includes(String(value)))
    })

    it(`travels whole (${code})`, () => {
      const error = sample(code)
      const arrived = travel(error)
      assert.ok(arrived instanceof LaneworkError)
      assert.ok(isLaneworkError(arrived, code))
      assert.deepEqual(arrived.detail, error.detail)
      assert.equal(arrived.message, error.message)
      assert.equal(arrived.fix, error.fix)
      assert.equal(arrived.stack, error.stack)
      assert.equal(arrived.cause, undefined)
    })
  }
})

describe('a LaneworkError', () => {
  it('is an Error whose stack begins where fail() was called', () => {
    const error = fail('CLOSED', { what: 'server' })
    assert.ok(error instanceof Error)
    assert.equal(error.name, 'LaneworkError')
    assert.match(String(error.stack?.split('\n')[1]), /errors\.test/)
  })

  it('is recognised when another copy of the package made it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lanework-copy-'))
    after(() => rmSync(folder, { recursive: true, force: true }))
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
    cpSync(new URL('.', import.meta.resolve('#lanework/index.js')), folder, { recursive: true })
    const copyUrl = pathToFileURL(join(folder, 'core/errors.js')).href
    const copy = (await import(copyUrl)) as typeof import('#lanework/core/errors.js')
    const error = copy.fail('CLOSED', { what: 'server' })
    assert.equal(error instanceof LaneworkError, false)
    assert.ok(isLaneworkError(error))
    assert.ok(isLaneworkError(error, 'CLOSED'))
    assert.equal(isLaneworkError(error, 'ABORTED'), false)
    assert.ok(travel(error) instanceof LaneworkError)
  })

  it('is not confused with anything else', () => {
    for (const other of [
      undefined,
      null,
      'CLOSED',
      1,
      {},
      new Error('CLOSED'),
      { code: 'CLOSED', name: 'LaneworkError' },
    ]) {
      assert.equal(isLaneworkError(other), false)
    }
  })
})

describe('the wire form of an error', () => {
  it('survives structuredClone', () => {
    const error = fail('SYSTEM_ERROR', sampleDetails.SYSTEM_ERROR, { cause: new TypeError('inner') })
    assert.deepEqual(structuredClone(errorToWire(error)), errorToWire(error))
  })

  it('keeps the class, message and stack of built-in errors', () => {
    for (const Class of [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError]) {
      const error = new Class('oops')
      const arrived = travel(error)
      assert.equal(Object.getPrototypeOf(arrived), Class.prototype)
      assert.equal(arrived.message, 'oops')
      assert.equal(arrived.stack, error.stack)
    }
  })

  it('keeps the name and code of other errors', () => {
    const system = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    assert.equal((travel(system) as NodeJS.ErrnoException).code, 'ECONNREFUSED')
    const aborted = travel(new DOMException('stop', 'AbortError'))
    assert.equal(aborted.name, 'AbortError')
    assert.equal(aborted.message, 'stop')
  })

  it('keeps the chain of causes', () => {
    const error = fail('CLOSED', { what: 'lane' }, { cause: new TypeError('middle', { cause: 'a text' }) })
    const { cause } = travel(error)
    assert.ok(cause instanceof TypeError)
    assert.equal(cause.message, 'middle')
    assert.ok(cause.cause instanceof Error)
    assert.equal(cause.cause.message, 'a text')
  })

  it('ends where causes form a cycle or go on for too long', () => {
    const first = new Error('first')
    first.cause = new Error('second', { cause: first })
    let depth = 0
    for (let error: unknown = travel(first); error instanceof Error; error = error.cause) depth++
    assert.equal(depth, 9)
    let deep: WireError = { name: 'Error', message: 'innermost' }
    for (let count = 0; count < 100_000; count++) deep = { name: 'Error', message: 'outer', cause: deep }
    assert.equal(errorFromWire(deep).message, 'outer')
  })

  it('makes an Error of whatever was thrown', () => {
    const cases: [unknown, RegExp][] = [
      ['a text', /^a text$/],
      [undefined, /undefined/],
      [null, /null/],
      [7n, /7/],
      [Symbol('s'), /Symbol\(s\)/],
      [{}, /object/],
      [Object.create(null), /object/],
    ]
    for (const [thrown, message] of cases) {
      const arrived = travel(thrown)
      assert.ok(arrived instanceof Error)
      assert.match(arrived.message, message)
    }
  })

  it('leaves behind details that cannot travel', () => {
    const cycle: { self?: unknown } = {}
    cycle.self = cycle
    for (const detail of [() => 1, 1n, cycle]) {
      const wire = errorToWire(Object.assign(new Error('oops'), { detail }))
      assert.equal(structuredClone(wire).detail, undefined)
    }
  })

  it('keeps the errors of an AggregateError, which stays one', () => {
    const inner = new AggregateError([new RangeError('far')], 'inner')
    const error = new AggregateError([new TypeError('one'), inner, 'a text'], 'several', { cause: new Error('why') })
    const arrived = travel(error) as AggregateError
    assert.ok(arrived instanceof AggregateError)
    assert.equal(arrived.name, 'AggregateError')
    assert.equal(arrived.message, 'several')
    assert.equal((arrived.cause as Error).message, 'why')
    assert.deepEqual(
      arrived.errors.map(({ name, message }: Error) => `${name}: ${message}`),
      ['TypeError: one', 'AggregateError: inner', 'Error: a text'],
    )
    assert.ok(arrived.errors[0] instanceof TypeError)
    assert.ok((arrived.errors[1] as AggregateError).errors[0] instanceof RangeError)
    assert.equal(Object.keys(arrived).includes('errors'), false)
  })

  it('carries a hundred errors, however they are nested, and no cycle for ever', () => {
    const count = (error: unknown): number => {
      if (!(error instanceof Error)) return 0
      const { errors = [], cause } = error as Partial<AggregateError>
      return 1 + count(cause) + errors.map(count).reduce((sum, one) => sum + one, 0)
    }
    const many = (depth: number): Error =>
      depth === 0 ? new Error('leaf') : new AggregateError(Array.from({ length: 9 }, () => many(depth - 1)))
    assert.equal(count(travel(many(4))), 100)
    const cycle = new AggregateError([], 'cycle')
    cycle.errors.push(cycle, cycle)
    cycle.cause = cycle
    assert.ok(count(travel(cycle)) <= 100)
    const chain = new AggregateError([], 'chain')
    chain.errors.push(chain)
    assert.equal(count(travel(chain)), 9)
    let deep: WireError = { name: 'AggregateError', message: 'innermost', errors: [] }
    for (let depth = 0; depth < 100_000; depth++) deep = { name: 'AggregateError', message: 'outer', errors: [deep] }
    assert.equal(count(errorFromWire(deep)), 9)
  })

  it('keeps own fields that JSON can carry, and leaves the others behind', () => {
    const cycle: { self?: unknown } = {}
    cycle.self = cycle
    const plain = { text: 'a', count: 0, yes: true, none: null, list: [1, ['b', {}]], ['__proto__']: { x: 1 } }
    const foreign = {
      when: new Date(),
      map: new Map(),
      big: 1n,
      run: () => 1,
      nan: Number.NaN,
      cycle,
      bytes: Buffer.of(1),
    }
    const error = Object.assign(new TypeError('oops'), { extra: plain, fix: 'do it', ...foreign, name: 'OwnError' })
    Object.defineProperty(error, 'trap', { enumerable: true, get: () => assert.fail('trapped') })
    const arrived = travel(error) as unknown as Record<string, unknown>
    assert.equal(arrived.name, 'OwnError')
    assert.deepEqual(arrived.extra, plain)
    assert.equal(arrived.fix, 'do it')
    assert.deepEqual(Object.keys(arrived).toSorted(), ['extra', 'fix'])
    const ours = travel(Object.assign(fail('CLOSED', { what: 'lane' }), { lane: 7 }))
    assert.ok(isLaneworkError(ours, 'CLOSED'))
    assert.equal((ours as unknown as { lane: number }).lane, 7)
    assert.deepEqual(errorToWire(fail('CLOSED', { what: 'lane' })).fields, undefined)
  })

  it('carries fields of 16,384 characters in all', () => {
    const error = Object.assign(new Error('oops'), {
      long: 'x'.repeat(16_385),
      many: Array.from({ length: 20_000 }, () => 1),
      sparse: Array.from({ length: 0 }),
      half: 'y'.repeat(8_000),
      more: { text: 'z'.repeat(8_000) },
      rest: 'w'.repeat(8_000),
      small: 1,
    })
    error.sparse.length = 2 ** 31
    const { fields = {} } = errorToWire(error)
    assert.deepEqual(Object.keys(fields), ['half', 'more', 'small'])
    assert.ok(JSON.stringify(fields).length < 17_000)
  })

  it('can be rebuilt when it comes from a stranger: odd names, missing details', () => {
    for (const name of ['constructor', 'toString', '__proto__', 'LaneworkError']) {
      const error = errorFromWire({ name, message: 'oops', code: 'CLOSED' })
      assert.ok(error instanceof Error)
      assert.equal(error.name, name)
      assert.equal(error.message, 'oops')
    }
  })
})
