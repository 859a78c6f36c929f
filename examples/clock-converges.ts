// A clock that is 0.1 s and 100 ppm off asks a server and becomes right: simulated, so that the truth is known.
import { simulateClock } from 'lanework/services/time'

const { moments, clock, requests } = simulateClock({ seed: 1, seconds: 300, offset: 0.1, frequency: 100e-6 })
for (const seconds of [1, 10, 60, 210, 300]) {
  const moment = moments.find(({ at }) => at >= seconds)
  if (moment === undefined) continue
  const { error, bound, holds } = moment
  const [off, most] = [Math.abs(error), bound].map((each) => `${(each * 1e6).toFixed(0)} us`)
  console.log(`after ${seconds} s: off by ${off}, claims at most ${most}; the truth lies within: ${holds}`)
}
console.log('questions in five minutes:', requests)
console.log('the quartz gains', (-clock.parameters.frequency * 1e6).toFixed(1), 'ppm')
