/** The chat page: its JSON protocol over WebSocket, and the front that speaks it. */
export { badMessagesMost, pageFront } from './front.ts'
export type * from './protocol.ts'
