/** The IRC front: `ircFront` is all that the lane needs. */
export { ircFront } from './front.ts'
