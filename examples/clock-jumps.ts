// Somebody sets the wall clock, and the machine sleeps: what does that do to a clock that stands on the counter?
import { simulateClock } from 'lanework/services/time'

const show = (what: string, moments: ReturnType<typeof simulateClock>['moments'], at: number): void => {
  const moment = moments.find((each) => each.at >= at)
  if (moment === undefined) return
  const right = Math.abs(moment.error) < 1e-3
  const known = moment.bound === Infinity ? 'not synchronised' : 'synchronised'
  console.log(`${what}: ${known}, right within 1 ms: ${right}, steps so far: ${moment.steps}`)
}
const setAnHourAhead = { at: 300, do: (machine: { setWall(seconds: number): void }) => machine.setWall(3_600) }
const set = simulateClock({ seed: 2, seconds: 600, events: [setAnHourAhead] })
show('before the wall clock is set', set.moments, 299)
show('a second after', set.moments, 301)

const sleepAnHour = { at: 300, do: (machine: { sleep(seconds: number): void }) => machine.sleep(3_600) }
const slept = simulateClock({ seed: 2, seconds: 4_500, events: [sleepAnHour] })
show('before the machine sleeps', slept.moments, 299)
show('a minute after it woke', slept.moments, 3_960)
