/** Plain text: the rooms over UDP and over lines, and a client for both. */
export { commandTable, helpLine, type CommandRow } from './commands.ts'
export { cutLines } from './line-framing.ts'
export { linesFront } from './lines-front.ts'
export { udpFront } from './udp-front.ts'
