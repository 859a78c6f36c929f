/** The formulas give the published values, case by case. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import {
  erlangC,
  exponential,
  mg1,
  mm1,
  mmc,
  meanValueAnalysis,
  multiprogramming,
  preemptivePriority,
  mg1ProcessorSharing,
  mg1ShortestRemaining,
} from '#lanework/schedule/index.js'

interface QueueingCase {
  readonly name: string
  readonly kind: string
  readonly source: string
  readonly policy: string
  readonly expected: Readonly<Record<string, unknown>>
  readonly params: {
    readonly arrivalRate: number
    readonly meanService: number
    readonly servers?: number
    readonly serviceC2?: number
    readonly ioFraction?: number
    readonly terminals?: number
    readonly think?: number
    readonly classes?: readonly { readonly arrivalRate: number; readonly meanService: number }[]
  }
}

const file = new URL('../../test/fixtures/schedule/cases.json', import.meta.resolve('#lanework/core/index.js'))
const { cases } = JSON.parse(readFileSync(fileURLToPath(file), 'utf8')) as { readonly cases: readonly QueueingCase[] }
const queueing = cases.filter(({ kind }) => kind === 'queueing')

/** What our formulas say, under the names of the case. */
function predict({ policy, params, expected, source }: QueueingCase): Record<string, unknown> {
  const { arrivalRate, meanService, servers, serviceC2 } = params
  if (params.classes !== undefined) {
    const classes = params.classes.map((each) => ({ ...each, service: exponential({ mean: each.meanService }) }))
    return { W: preemptivePriority(classes).map(({ turnaround }) => turnaround) }
  }
  if (params.ioFraction !== undefined) return { byN: rowsOfDegrees(params.ioFraction, expected) }
  if (params.terminals !== undefined) return { byN: rowsOfTerminals(params) }
  if (servers !== undefined) {
    const { waiting, turnaround } = mmc(arrivalRate, meanService, servers)
    return { probWait: erlangC(arrivalRate, meanService, servers), Wq: waiting, W: turnaround }
  }
  const service = exponential({ mean: meanService })
  if (policy === 'SRTF') return { W: mg1ShortestRemaining(arrivalRate, service).turnaround }
  if (policy.startsWith('PS')) return { W: mg1ProcessorSharing(arrivalRate, meanService).turnaround }
  const prediction = source.startsWith('Pollaczek')
    ? mg1(arrivalRate, { mean: meanService, variance: (serviceC2 ?? NaN) * meanService ** 2 })
    : mm1(arrivalRate, meanService)
  const { utilization, turnaround, waiting, inSystem } = prediction
  return { utilization, L: inSystem, W: turnaround, Wq: waiting }
}

function rowsOfDegrees(ioShare: number, expected: Readonly<Record<string, unknown>>): unknown[] {
  return (expected['byN'] as readonly { readonly N: number }[]).map(({ N }) => {
    const { independent, exact, bound } = multiprogramming(ioShare, N)
    return { N, approx_1_minus_p_n: independent, exactFiniteSource: exact, upperBound: bound }
  })
}

function rowsOfTerminals({ terminals = 0, think = 0, meanService }: QueueingCase['params']): unknown[] {
  return meanValueAnalysis({ demands: [meanService], think }, terminals).map(
    ({ jobs, throughput, response, utilization }) => ({ N: jobs, X: throughput, R: response, U: utilization[0] }),
  )
}

/** Every number that is expected is there, to the digits that were published. */
function agree(got: unknown, wanted: unknown, where: string): void {
  if (typeof wanted === 'number') {
    const digits = `${wanted}`.split('.')[1]?.length ?? 6
    const tolerance = 0.6 * 10 ** -digits
    assert.ok(typeof got === 'number' && Math.abs(got - wanted) <= tolerance, `${where}: ${String(got)}, not ${wanted}`)
    return
  }
  for (const [key, value] of Object.entries(wanted as object)) {
    agree((got as Record<string, unknown> | undefined)?.[key], value, `${where}.${key}`)
  }
}

describe('queueing laws', () => {
  for (const each of queueing) it(each.name, () => agree(predict(each), each.expected, each.name))

  it('are all there', () => assert.equal(queueing.length, 14))

  it('the comparison itself notices a wrong number and a missing one', () => {
    assert.throws(() => agree({ W: 5.1 }, { W: 5 }, ''))
    assert.throws(() => agree({}, { W: 5 }, ''))
    assert.throws(() => agree({ byN: [{ N: 1 }] }, { byN: [{ N: 1 }, { N: 2 }] }, ''))
  })
})
