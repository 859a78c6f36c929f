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

  it('can be rebuilt when it comes from a stranger: odd names, missing details', () => {
    for (const name of ['constructor', 'toString', '__proto__', 'LaneworkError']) {
      const error = errorFromWire({ name, message: 'oops', code: 'CLOSED' })
      assert.ok(error instanceof Error)
      assert.equal(error.name, name)
      assert.equal(error.message, 'oops')
    }
  })
})
