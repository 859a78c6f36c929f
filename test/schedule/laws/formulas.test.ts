/** What must hold between the formulas, and where they end. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  deterministic,
  distributionByName,
  erlangC,
  exponential,
  hyperexponential,
  meanValueAnalysis,
  mg1,
  mm1,
  mmc,
  multiprogramming,
  nonPreemptivePriority,
  numberInSystem,
  preemptivePriority,
  mg1ProcessorSharing,
  mg1ShortestRemaining,
  squaredVariation,
} from '#lanework/schedule/index.js'

const close = (got: number, wanted: number, relative = 1e-9): void =>
  assert.ok(Math.abs(got - wanted) <= relative * Math.abs(wanted), `${got} instead of ${wanted}`)
const load = fc.double({ min: 0.01, max: 0.98, noNaN: true })

describe('formulas', () => {
  it('agree where their models are the same', () => {
    const property = fc.property(load, fc.double({ min: 0.1, max: 50, noNaN: true }), (rho, service) => {
      const rate = rho / service
      const expected = mm1(rate, service).turnaround
      close(mg1(rate, exponential({ mean: service })).turnaround, expected)
      close(mmc(rate, service, 1).turnaround, expected)
      close(mg1ProcessorSharing(rate, service).turnaround, expected)
      close(erlangC(rate, service, 1), rho)
      const one = [{ arrivalRate: rate, service: exponential({ mean: service }) }]
      close(nonPreemptivePriority(one)[0]?.turnaround ?? NaN, expected)
      close(preemptivePriority(one)[0]?.turnaround ?? NaN, expected)
    })
    fc.assert(property)
  })

  it('wait half as long for constant service as for exponential', () => {
    close(mg1(0.8, deterministic({ mean: 1 })).waiting, mm1(0.8, 1).waiting / 2)
  })

  it('keep the conservation law: priorities move waiting about, and its load-weighted sum stays', () => {
    const service = hyperexponential({ mean: 1, c2: 3 })
    const classes = [0.2, 0.3, 0.25].map((arrivalRate) => ({ arrivalRate, service }))
    const sum = nonPreemptivePriority(classes).reduce(
      (so, { waiting }, at) => so + waiting * (classes[at]?.arrivalRate ?? 0),
      0,
    )
    close(sum / 0.75, mg1(0.75, service).waiting)
  })

  it('have SRTF below every policy that knows no lengths, for regular and irregular service', () => {
    const services = [
      { distribution: 'erlang', mean: 1, stages: 4 },
      { distribution: 'exponential', mean: 1 },
      { distribution: 'hyperexponential', mean: 1, c2: 10 },
      { distribution: 'pareto', low: 0.1, high: 1_000, shape: 1.2 },
      { distribution: 'weibull', mean: 1, shape: 0.5 },
    ].map(distributionByName)
    for (const service of services) {
      for (const rho of [0.1, 0.5, 0.9]) {
        const rate = rho / service.mean
        const best = mg1ShortestRemaining(rate, service).turnaround
        assert.ok(best >= service.mean * 0.999, `${service.name} at ${rho}: ${best}`)
        assert.ok(best <= mg1ProcessorSharing(rate, service.mean).turnaround)
        assert.ok(best <= mg1(rate, service).turnaround)
        assert.ok(squaredVariation(service) > 0)
      }
    }
  })

  it('have the values of SRTF that are published for 0.7 and 0.9', () => {
    close(mg1ShortestRemaining(0.7, exponential({ mean: 1 })).turnaround, 1.8746, 1e-4)
    close(mg1ShortestRemaining(0.9, exponential({ mean: 1 })).turnaround, 3.5521, 1e-4)
  })

  it('have the published values of two priority classes and of four servers', () => {
    const classes = [0.4, 0.4].map((arrivalRate) => ({ arrivalRate, service: exponential({ mean: 1 }) }))
    const waits = nonPreemptivePriority(classes).map(({ waiting }) => Number(waiting.toFixed(4)))
    assert.deepEqual(waits, [1.3333, 6.6667])
    close(erlangC(3.2, 1, 4), 0.5964, 1e-4)
    close(mmc(3.2, 1, 4).turnaround, 1.7455, 1e-4)
  })

  it('keep Little’s law in each result', () => {
    const { inSystem, inQueue, turnaround, waiting } = mmc(3.2, 1, 4)
    close(inSystem, numberInSystem(3.2, turnaround))
    close(inQueue, numberInSystem(3.2, waiting))
  })

  it('find the throughput of three centres with five jobs', () => {
    const results = meanValueAnalysis({ demands: [1, 2, 1.5] }, 5)
    close(results[4]?.throughput ?? NaN, 0.445213, 1e-6)
    close(results[4]?.queues.reduce((sum, queue) => sum + queue, 0) ?? NaN, 5)
  })

  it('have 1 - p^n below the exact utilisation, and that below the bound', () => {
    const property = fc.property(
      fc.double({ min: 0.05, max: 0.95, noNaN: true }),
      fc.integer({ min: 1, max: 40 }),
      (share, degree) => {
        const { independent, exact, bound } = multiprogramming(share, degree)
        assert.ok(independent <= exact + 1e-12 && exact <= bound + 1e-12, `${independent} ${exact} ${bound}`)
      },
    )
    fc.assert(property)
  })

  it('refuse loads of 1 and more, and parameters that make no sense', () => {
    const service = exponential({ mean: 1 })
    const wrong = [
      () => mm1(1, 1),
      () => mm1(0, 1),
      () => mm1(NaN, 1),
      () => mg1(2, service),
      () => mg1ProcessorSharing(1.5, 1),
      () => mg1ShortestRemaining(1, service),
      () => mmc(2, 1, 2),
      () => mmc(1, 1, 0),
      () => nonPreemptivePriority([0.6, 0.6].map((arrivalRate) => ({ arrivalRate, service }))),
      () => preemptivePriority([0.6, 0.6].map((arrivalRate) => ({ arrivalRate, service }))),
      () => multiprogramming(1, 3),
      () => multiprogramming(0.5, 0),
      () => meanValueAnalysis({ demands: [0] }, 2),
      () => meanValueAnalysis({ demands: [-1, 3] }, 2),
      () => meanValueAnalysis({ demands: [1], think: NaN }, 2),
    ]
    for (const each of wrong) assert.throws(each, { code: 'OPTION_INVALID' }, each.toString())
  })
})
