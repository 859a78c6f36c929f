// The same instant all over the world, half an hour before clocks go forward in Berlin.
import { strftime } from 'lanework/services/time'

const instant = new Date('2024-03-31T00:30:00Z')
for (const timeZone of ['UTC', 'America/New_York', 'Europe/Berlin', 'Asia/Kathmandu']) {
  console.log(timeZone.padEnd(19), strftime('%a %F %H:%M %z %Z', instant, { timeZone }))
}
const later = new Date(instant.getTime() + 3_600_000)
console.log('an hour later in Berlin:', strftime('%H:%M %Z', later, { timeZone: 'Europe/Berlin' }))
