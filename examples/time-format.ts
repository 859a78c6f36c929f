// What a format means: directives with flags and widths, and everything else copied.
import { strftime } from 'lanework/services/time'

const instant = new Date('2024-12-30T09:05:07.042Z')
const formats = ['%Y-%m-%d %H:%M:%S', '%-d.%-m.%y %_H:%M', '%^a %b|%8A|%-I %p', '%s.%3N|%j|%%', '%c', '%G-W%V-%u']
for (const format of formats) {
  // console.log has directives of its own in its first argument.
  console.log('%s %s', format.padEnd(20), strftime(format, instant, { timeZone: 'UTC' }))
}
