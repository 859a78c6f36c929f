/** The clock on a simulated machine: how soon it is right, whom it believes, and that what it claims is true. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'

import {
  DisciplinedClock,
  simulateClock,
  wallOffset,
  type Jump,
  type SimulateClockOptions,
  type SimulatedRun,
  type SimulatedServer,
} from '#lanework/services/time/index.js'
import { LaneworkError } from '#lanework/core/index.js'

const seeds = Array.from({ length: 100 }, (_, index) => index + 1)

/** Largest error and root mean square from a moment on, seconds. */
function errorsOf({ moments }: SimulatedRun, from: number): { most: number; rms: number } {
  const errors = moments.filter(({ at }) => at >= from).map(({ error }) => error)
  assert.ok(errors.length > 0)
  return {
    most: Math.max(...errors.map(Math.abs)),
    rms: Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / errors.length),
  }
}

function checkFigures(options: Omit<SimulateClockOptions, 'seed'>): void {
  for (const seed of seeds) {
    const { most, rms } = errorsOf(simulateClock({ seconds: 900, ...options, seed }), 210)
    assert.ok(most < 1e-3, `seed ${seed}: off by ${most} s`)
    assert.ok(rms < 0.3e-3, `seed ${seed}: root mean square ${rms} s`)
  }
}

const honest: readonly SimulatedServer[] = ['one', 'two', 'three'].map((name) => ({ name }))

describe('a disciplined clock', () => {
  it('is within 1 ms, and 0.3 ms in the root mean square, 210 s after a start 0.1 s and 100 ppm off', () => {
    checkFigures({})
  })

  it('is so with a third of the exchanges lost', () => {
    checkFigures({ servers: [{ name: 'server', loss: 0.3 }] })
  })

  it('is so whichever way it is off, and behind a quartz that is 300 ppm off', () => {
    checkFigures({ offset: -5, frequency: -300e-6 })
  })

  it('is so on a machine whose hardware clock has lost the date', () => {
    for (const offset of [-1_700_000_000, 1_000_000_000]) {
      for (const seed of seeds.slice(0, 10)) {
        const run = simulateClock({ seed, offset, seconds: 600 })
        const { most } = errorsOf(run, 210)
        assert.ok(most < 1e-3, `seed ${seed}: off by ${most} s`)
        assert.ok(run.moments.every(({ holds }) => holds))
      }
    }
  })

  it('names the liar among four, and is not moved by it at all', () => {
    for (const seed of seeds.slice(0, 30)) {
      const runs = [0.5, 40].map((lie) => {
        const liar: SimulatedServer = { name: 'liar', lie: () => lie }
        return simulateClock({ seed, seconds: 600, servers: [...honest, liar] })
      })
      const [one, other] = runs as [SimulatedRun, SimulatedRun]
      assert.ok(errorsOf(one, 210).most < 1e-3)
      const verdicts = one.clock.sources.map(({ name, verdict, reason }) => ({ name, verdict, reason }))
      const liar = verdicts.find(({ name }) => name === 'liar')
      assert.equal(liar?.verdict, 'falseticker')
      assert.match(liar.reason, /^says .* the majority .*/)
      const others = verdicts.filter(({ name }) => name !== 'liar')
      for (const { verdict } of others) assert.ok(verdict === 'system' || verdict === 'combined', verdict)
      // Once all four have spoken, what the liar says makes no difference, to the nanosecond.
      const late = ({ moments }: SimulatedRun): bigint[] =>
        moments.filter(({ at }) => at > 200).map(({ nowNs }) => nowNs)
      assert.deepEqual(late(one), late(other))
    }
  })

  it('finds out a server that begins to lie, fast or slowly', () => {
    for (const lie of [(at: number) => (at < 300 ? 0 : 0.2), (at: number) => Math.max(0, at - 300) * 100e-6]) {
      const servers = [...honest, { name: 'liar', lie }]
      for (const seed of seeds.slice(0, 20)) {
        const run = simulateClock({ seed, seconds: 1_200, servers })
        assert.ok(errorsOf(run, 210).most < 1e-3, `seed ${seed}`)
        const liar = run.clock.sources.find(({ name }) => name === 'liar')
        assert.equal(liar?.verdict, 'falseticker', `seed ${seed}: ${liar?.reason}`)
      }
    }
  })

  it('believes nobody where two of four lie alike', () => {
    const liars = ['three', 'four'].map((name) => ({ name, lie: () => 10 }))
    const { clock } = simulateClock({ seed: 3, seconds: 60, servers: [...honest.slice(0, 2), ...liars], atLeast: 3 })
    assert.equal(clock.synchronised, false)
    for (const { verdict } of clock.sources) assert.notEqual(verdict, 'system')
  })

  it('says how far off it may be, and the truth lies in there, whatever the network and the quartz are like', () => {
    const server = fc.record({
      delay: fc.double({ min: 10e-6, max: 50e-3, noNaN: true }),
      jitter: fc.double({ min: 0, max: 20e-3, noNaN: true }),
      /** As a share of the whole delay there and back. */
      skew: fc.double({ min: -1, max: 1, noNaN: true }),
      loss: fc.double({ min: 0, max: 0.6, noNaN: true }),
    })
    const run = fc.record({
      seed: fc.integer({ min: 1, max: 1_000_000 }),
      offset: fc.double({ min: -100, max: 100, noNaN: true }),
      frequency: fc.double({ min: -200e-6, max: 200e-6, noNaN: true }),
      wander: fc.constantFrom(0, 1e-9, 1e-8),
      servers: fc.array(server, { minLength: 1, maxLength: 4 }),
    })
    const property = fc.property(run, ({ servers, ...options }) => {
      const named = servers.map(({ skew, ...each }, index) => {
        return { ...each, name: `server-${index}`, asymmetry: 2 * skew * each.delay }
      })
      const { moments } = simulateClock({ ...options, seconds: 500, every: 5, servers: named })
      for (const { at, holds, error, bound } of moments) assert.ok(holds, `${at} s: off by ${error}, claimed ${bound}`)
    })
    // All of the delay in one direction: the truth lies at the very end of what is claimed, to the nanosecond.
    const oneWay = { delay: 0.04999999975000004, jitter: 0, skew: 0.9999999999999986, loss: 0 }
    const atTheEnd = { seed: 1, offset: 0, frequency: -0.000055219100537781016, wander: 1e-9, servers: [oneWay] }
    fc.assert(property, { numRuns: 150, examples: [[atTheEnd]] })
  })

  it('never goes back, but by the steps that it counts', () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.double({ min: -2, max: 2, noNaN: true }),
      (seed, offset) => {
        const servers = [...honest, { name: 'liar', loss: 0.3, lie: (at: number) => Math.sin(at / 50) / 100 }]
        const { moments } = simulateClock({ seed, offset, seconds: 400, every: 0.25, servers })
        let [lastNs, lastSteps] = [0n, 0]
        for (const { nowNs, steps } of moments) {
          assert.ok(nowNs > lastNs || steps > lastSteps)
          ;[lastNs, lastSteps] = [nowNs, steps]
        }
        assert.ok(lastSteps <= 1, 'one step at the start is enough')
      },
    )
    fc.assert(property, { numRuns: 40 })
  })

  it('is not moved by a wall clock that is set, to the nanosecond', () => {
    const jumps: Jump[] = []
    const runs = [0, 3_600, -86_400].map((by) => {
      const events = [{ at: 300, do: (machine: { setWall(by: number): void }) => machine.setWall(by) }]
      return simulateClock({ seed: 5, seconds: 600, events })
    })
    const [undisturbed, ...others] = runs.map(({ moments }) => moments.map(({ nowNs, bound }) => [nowNs, bound]))
    for (const other of others) assert.deepEqual(other, undisturbed)
    simulateClock({
      seed: 5,
      seconds: 400,
      events: [
        { at: 100, do: (_machine, clock) => void clock.events.on('jump', (jump) => jumps.push(jump)) },
        { at: 300, do: (machine) => machine.setWall(3_600) },
      ],
    })
    assert.deepEqual(
      jumps.map(({ kind, byNs }) => [kind, Math.round(Number(byNs) / 1e9)]),
      [['wall', 3_600]],
    )
  })

  it('is unsynchronised after the machine slept, and right again with the next answers', () => {
    for (const seed of seeds.slice(0, 20)) {
      let seen: { leap: number; steps: number } | undefined
      const run = simulateClock({
        seed,
        seconds: 4_000,
        events: [
          { at: 500, do: (machine) => machine.sleep(3_000) },
          { at: 500, do: (_machine, clock) => (seen = { leap: clock.state().leap, steps: clock.steps }) },
        ],
      })
      assert.deepEqual(seen, { leap: 3, steps: 2 })
      assert.ok(errorsOf(run, 3_530).most < 1e-3, `seed ${seed}`)
      assert.ok(run.moments.every(({ at, holds }) => at < 500 || holds))
    }
  })

  it('takes a jump of the wall clock for a possible sleep where the machine cannot tell', () => {
    let [ns, wallNs] = [10_000_000_000n, 1_790_000_000_000_000_000n]
    const clock = new DisciplinedClock({ ticks: { ns: () => ns, wallNs: () => wallNs, upNs: () => undefined } })
    const sample = {
      source: 'a',
      delay: 1e-3,
      dispersion: 1e-6,
      leap: 0,
      stratum: 2,
      refId: 1,
      rootDelay: 0.01,
      rootDispersion: 0.002,
    } as const
    clock.add({ ...sample, atNs: ns, timeNs: wallNs })
    const before = clock.state().rootDispersion
    ns += 1_000_000_000n
    wallNs += 6_000_000_000n
    const nowNs = clock.nowNs()
    assert.equal(clock.look()?.kind, 'either')
    assert.equal(clock.nowNs(), nowNs, 'the time itself is not changed')
    assert.ok(clock.state().rootDispersion > before + 5)
    assert.equal(clock.look(), undefined, 'each jump is told once')
  })
})

describe('the wall clock', () => {
  it('is compared with the disciplined one, and left as it is', () => {
    const { clock, machine } = simulateClock({ seed: 4, seconds: 300, offset: 0.1, frequency: 0 })
    assert.ok(Math.abs(clock.wallBehind() + 0.1) < 2e-3, String(clock.wallBehind()))
    machine.setWall(-3_600)
    assert.ok(Math.abs(clock.wallBehind() - 3_599.9) < 2e-3)
  })

  it('is compared with the counter by the reading that took least', () => {
    const steps = [900n, 900n, 100n, 100n, 10n, 10n, 700n, 700n]
    let [ns, reads] = [0n, 0]
    const slow = {
      ns: () => (ns += steps[reads++ % steps.length] ?? 0n),
      wallNs: () => (ns += steps[reads++ % steps.length] ?? 0n) + 1_000_000n,
      upNs: () => undefined,
    }
    const { offsetNs, errorNs } = wallOffset(slow, 20)
    assert.ok(errorNs <= 60, String(errorNs))
    assert.ok(offsetNs >= 1_000_000n - 60n && offsetNs <= 1_000_000n + 60n)
  })
})

describe('the state of a disciplined clock', () => {
  it('is unsynchronised before the first sample, and after it has not been corrected for a very long time', () => {
    const { clock, machine } = simulateClock({ seed: 2, seconds: 400 })
    const { leap, stratum, refId, rootDelay, rootDispersion, refTimeNs } = clock.state()
    assert.deepEqual({ leap, stratum, refId }, { leap: 0, stratum: 2, refId: 0x7f000001 })
    assert.ok(rootDelay >= 200e-6 && rootDelay < 2e-3, String(rootDelay))
    assert.ok(refTimeNs <= clock.nowNs() && clock.nowNs() - refTimeNs < 100_000_000_000n)
    machine.advance(3_600e9)
    const later = clock.state()
    assert.ok(later.rootDispersion > rootDispersion + 3_600 * 15e-6, 'dispersion grows with age, 15 ppm and more')
    machine.advance(20 * 86_400e9)
    assert.equal(clock.state().leap, 3)
    assert.equal(clock.state().stratum, 16)
    assert.equal(clock.now().earliest, 0n)

    const fresh = new DisciplinedClock({ ticks: machine })
    assert.equal(fresh.state().stratum, 16)
    assert.equal(fresh.synchronised, false)
  })

  it('announces the stratum and the leap second of its best server', () => {
    const { clock } = simulateClock({ seed: 2, seconds: 60, servers: [{ name: 'far', stratum: 4 }] })
    assert.equal(clock.state().stratum, 5)
    const { ticks } = clock
    const announcing = new DisciplinedClock({ ticks })
    const timing = { atNs: ticks.ns(), timeNs: ticks.wallNs(), delay: 1e-4, dispersion: 1e-6 }
    announcing.add({ ...timing, source: 'a', leap: 1, stratum: 1, refId: 7, rootDelay: 0, rootDispersion: 0 })
    assert.equal(announcing.state().leap, 1)
  })

  it('refuses wrong options', () => {
    for (const options of [
      { stepSeconds: -1 },
      { maximumDistance: Number.NaN },
      { atLeast: 0 },
      { panicSeconds: -1 },
    ]) {
      assert.throws(
        () => new DisciplinedClock(options),
        (error) => error instanceof LaneworkError && error.code === 'OPTION_INVALID',
      )
    }
  })
})

describe('a clock that starts from a drift record', () => {
  it('knows the frequency at once, and the time from the hardware clock as well as it was known before', () => {
    const fromNothing: number[] = []
    const fromRecord: number[] = []
    for (const seed of seeds.slice(0, 20)) {
      const first = simulateClock({ seed, seconds: 3_600 })
      const record = first.clock.record()
      // Power-off: the counter begins anew; the hardware clock has kept the wall clock's error.
      const { frequency } = first.machine
      const offset = Number(record.wallLessTimeNs) / 1e9
      const restart = { seed: seed + 1_000, seconds: 20, startNs: first.machine.trueNs, offset, frequency, every: 0.01 }
      const [knowing, unknowing] = [
        simulateClock({ ...restart, drift: record, bootId: 'second' }),
        simulateClock(restart),
      ]
      const beforeSample = knowing.moments.find(({ bound }) => bound === Infinity)
      assert.ok(Math.abs(beforeSample?.error ?? 0) < 3e-3, `seed ${seed}: ${beforeSample?.error} s before any sample`)
      const boundAt = ({ moments }: SimulatedRun): number => moments.find(({ at }) => at >= 1.9)?.bound ?? Infinity
      fromRecord.push(boundAt(knowing))
      fromNothing.push(boundAt(unknowing))
      const frequencyErrors = knowing.moments.map(({ frequencyError }) => Math.abs(frequencyError))
      assert.ok(Math.max(...frequencyErrors) < 2e-6, `seed ${seed}: ${Math.max(...frequencyErrors)}`)
    }
    for (const [index, bound] of fromRecord.entries()) assert.ok(bound < (fromNothing[index] ?? 0) / 2, `${bound}`)
  })

  it('goes on where it was in the same start of the machine, if the machine has not slept', () => {
    const { clock, machine } = simulateClock({ seed: 9, seconds: 900, bootId: 'boot' })
    const record = clock.record()
    machine.advance(5e9)
    const same = new DisciplinedClock({ ticks: machine, drift: record, bootId: 'boot' })
    assert.equal(same.synchronised, true)
    assert.ok(Math.abs(Number(same.nowNs() - clock.nowNs())) < 1_000)
    const otherBoot = new DisciplinedClock({ ticks: machine, drift: record, bootId: 'other' })
    assert.equal(otherBoot.synchronised, false)
    machine.sleep(60)
    const slept = new DisciplinedClock({ ticks: machine, drift: record, bootId: 'boot' })
    assert.equal(slept.synchronised, false)
  })

  it('does not believe a hardware clock that is behind what was known: its battery is empty', () => {
    const { clock, machine } = simulateClock({ seed: 9, seconds: 300, bootId: 'boot' })
    const record = clock.record()
    machine.setWall(-30 * 86_400)
    const next = new DisciplinedClock({ ticks: machine, drift: record, bootId: 'other' })
    assert.equal(next.nowNs(), record.parameters.timeNs)
  })
})
