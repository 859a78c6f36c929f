/** Every distribution: its figures, its tail and its samples must tell the same story. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  arrivalTable,
  arrivalsByName,
  distributionByName,
  distributionTable,
  mean,
  randomStream,
  squaredVariation,
  variance,
  type Parameters,
} from '#lanework/schedule/index.js'

const examples: readonly Parameters[] = [
  { distribution: 'exponential', mean: 3 },
  { distribution: 'deterministic', mean: 3 },
  { distribution: 'uniform', low: 1, high: 4 },
  { distribution: 'uniform', low: 0, high: 0.5 },
  { distribution: 'erlang', mean: 2, stages: 1 },
  { distribution: 'erlang', mean: 2, stages: 3 },
  { distribution: 'erlang', mean: 2, stages: 40 },
  { distribution: 'hyperexponential', mean: 1, c2: 1 },
  { distribution: 'hyperexponential', mean: 1, c2: 10 },
  { distribution: 'lognormal', mean: 2, c2: 0.25 },
  { distribution: 'lognormal', mean: 2, c2: 2 },
  { distribution: 'pareto', low: 1, high: 1_000, shape: 1 },
  { distribution: 'pareto', low: 1, high: 100, shape: 2 },
  { distribution: 'pareto', low: 1, high: 100, shape: 1.5 },
  { distribution: 'weibull', mean: 1, shape: 0.7 },
  { distribution: 'weibull', mean: 1, shape: 1 },
  { distribution: 'weibull', mean: 1, shape: 3 },
  { distribution: 'empirical', values: [1, 2, 6] },
  { distribution: 'empirical', values: [6, 1, 2], weights: [1, 3, 0] },
]

/** Integrates f from 0 to where the tail ends, on a grid that is dense near 0. */
function integrate(tail: (x: number) => number, scale: number, f: (x: number) => number): number {
  let end = scale
  while (tail(end) > 1e-12 && end < scale * 1e9) end *= 2
  const count = 200_000
  const place = (index: number): number => scale * Math.expm1((Math.log1p(end / scale) * index) / count)
  let sum = 0
  for (let index = 0; index < count; index++) {
    const [low, high] = [place(index), place(index + 1)]
    sum += f((low + high) / 2) * (high - low)
  }
  return sum
}

describe('distributions', () => {
  for (const example of examples) {
    const distribution = distributionByName(example)

    it(`${JSON.stringify(example)}: mean and variance are those of the tail`, () => {
      const first = integrate(distribution.tail, distribution.mean, (x) => distribution.tail(x))
      const second = integrate(distribution.tail, distribution.mean, (x) => 2 * x * distribution.tail(x))
      assert.ok(Math.abs(first / distribution.mean - 1) < 1e-3, `mean ${first} against ${distribution.mean}`)
      const expected = distribution.variance + distribution.mean ** 2
      assert.ok(Math.abs(second / expected - 1) < 1e-3, `second moment ${second} against ${expected}`)
    })

    it(`${JSON.stringify(example)}: samples follow the tail`, () => {
      const next = randomStream(11, 'samples')
      const samples = Float64Array.from({ length: 40_000 }, () => distribution.sample(next)).sort()
      // Kolmogorov and Smirnov's distance; 1 in 10,000 is above 2.2 / sqrt(n), and the seed is fixed. Where the tail jumps,
      // both sides of the jump count.
      let distance = 0
      samples.forEach((x, index) => {
        if (index + 1 < samples.length && samples[index + 1] === x) return
        distance = Math.max(distance, Math.abs(1 - distribution.tail(x) - (index + 1) / samples.length))
      })
      assert.ok(distance < 2.2 / Math.sqrt(samples.length), `distance ${distance}`)
      assert.ok(samples[0] !== undefined && samples[0] >= 0)
    })
  }

  it('has each of the table tried', () => {
    const tried = new Set(examples.map(({ distribution }) => distribution))
    assert.deepEqual(new Set(distributionTable.map(({ name }) => name)), tried)
  })

  it('are regular or irregular as asked', () => {
    assert.equal(squaredVariation(distributionByName({ distribution: 'erlang', mean: 5, stages: 4 })), 0.25)
    assert.equal(squaredVariation(distributionByName({ distribution: 'hyperexponential', mean: 5, c2: 4 })), 4)
  })

  it('refuse names and parameters that make no sense, and say which', () => {
    const wrong: readonly Parameters[] = [
      { distribution: 'normal', mean: 1 },
      { mean: 1 },
      { distribution: 'exponential' },
      { distribution: 'exponential', mean: 0 },
      { distribution: 'exponential', mean: NaN },
      { distribution: 'exponential', mean: '1' },
      { distribution: 'exponential', mean: 1, stages: 2 },
      { distribution: 'erlang', mean: 1, stages: 1.5 },
      { distribution: 'hyperexponential', mean: 1, c2: 0.5 },
      { distribution: 'uniform', low: 2, high: 1 },
      { distribution: 'pareto', low: 0, high: 1, shape: 1 },
      { distribution: 'empirical', values: [] },
      { distribution: 'empirical', values: [0] },
      { distribution: 'empirical', values: [1, -1] },
      { distribution: 'empirical', values: [1], weights: [1, 2] },
      { distribution: 'empirical', values: [1], weights: [0] },
    ]
    for (const each of wrong) {
      assert.throws(() => distributionByName(each), { code: 'OPTION_INVALID' }, JSON.stringify(each))
    }
    assert.throws(() => distributionByName({ distribution: 'erlang', mean: 1 }), /stages \(distribution erlang\)/)
  })
})

describe('arrival processes', () => {
  const processes: readonly Parameters[] = [
    { arrivals: 'poisson', rate: 0.8 },
    { arrivals: 'periodic', interval: 2.5 },
    { arrivals: 'batch', rate: 0.8, size: 5 },
    { arrivals: 'on-off', onRate: 4, onMean: 5, offMean: 20 },
    { arrivals: 'on-off', onRate: 4, offRate: 0.5, onMean: 5, offMean: 20 },
    { arrivals: 'renewal', between: { distribution: 'erlang', mean: 2, stages: 4 } },
  ]
  for (const description of processes) {
    it(`${JSON.stringify(description)}: come in order, as often as promised`, () => {
      const process = arrivalsByName(description)
      const next = process.start(randomStream(5, 'arrivals'))
      const count = 50_000
      let before = 0
      for (let index = 0; index < count; index++) {
        const now = next()
        assert.ok(now >= before, `${now} after ${before}`)
        before = now
      }
      assert.ok(Math.abs(count / before / process.rate - 1) < 0.03, `rate ${count / before}`)
    })
  }

  it('has each of the table tried', () => {
    assert.deepEqual(new Set(arrivalTable.map(({ name }) => name)), new Set(processes.map(({ arrivals }) => arrivals)))
  })

  it('are burstier than Poisson where bursts are asked for', () => {
    const gaps = (description: Parameters): number[] => {
      const next = arrivalsByName(description).start(randomStream(5, 'arrivals'))
      const times = Array.from({ length: 20_000 }, next)
      return times.slice(1).map((time, index) => time - (times[index] ?? 0))
    }
    const c2 = (values: number[]): number => variance(values) / mean(values) ** 2
    assert.ok(Math.abs(c2(gaps({ arrivals: 'poisson', rate: 1 })) - 1) < 0.05)
    assert.ok(c2(gaps({ arrivals: 'on-off', onRate: 4, onMean: 5, offMean: 20 })) > 2)
  })

  it('brings a batch at one instant', () => {
    const next = arrivalsByName({ arrivals: 'batch', rate: 1, size: 3 }).start(randomStream(1))
    const times = Array.from({ length: 6 }, next)
    assert.equal(new Set(times).size, 2)
  })

  it('refuse what makes no sense', () => {
    const wrong: readonly Parameters[] = [
      { arrivals: 'sometimes' },
      { arrivals: 'poisson', rate: 0 },
      { arrivals: 'poisson', rate: Infinity },
      { arrivals: 'batch', rate: 1, size: 0 },
      { arrivals: 'on-off', onRate: 1, offRate: -1, onMean: 1, offMean: 1 },
      { arrivals: 'periodic', interval: -1 },
    ]
    for (const each of wrong)
      assert.throws(() => arrivalsByName(each), { code: 'OPTION_INVALID' }, JSON.stringify(each))
  })
})
