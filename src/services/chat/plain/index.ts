/** Plain text: the rooms over UDP and over lines, and a client for both. */
export { joinRoom, type JoinRoomOptions, type RoomClient } from './client/client.ts'
export type { RoomLine } from './client/room-line.ts'
export { commandTable, helpLine, type CommandRow } from './commands.ts'
export { cutLines } from './line-framing.ts'
export { linesFront } from './lines-front.ts'
export { udpFront } from './udp-front.ts'
