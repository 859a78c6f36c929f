/** `lanework/framing`: how a byte stream is cut into messages. Pure: bytes in, frames out. */

// The contract
export type { Bytes, FrameDecoder, Framing } from './types.ts'

// Framings
export { raw } from './raw.ts'
export { lines, type LinesOptions } from './lines.ts'
export { delimiter } from './delimiter.ts'
export { fixed } from './fixed.ts'
export { lengthPrefix, type LengthPrefixOptions } from './length-prefix.ts'
export { netstring } from './netstring.ts'
export { jsonLines } from './json-lines.ts'

// By name
export { framingFromFlag, framingFlags } from './from-flag.ts'

// For framings of one's own
export { ChunkQueue } from './chunks.ts'
