/** `lanework/services/echo`: echo and upper-case over every transport. */
export { echo, upper, upperAscii } from './service.ts'
