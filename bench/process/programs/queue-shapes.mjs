// What goes through the queues: 64-byte messages one by one, 64 of them as one
// message, or 4,096 doubles as one message. JSON knows no bytes, so there they
// travel as base64 and doubles as an ordinary array.

const bytes = Uint8Array.from({ length: 64 }, (_, index) => index)
const doubles = Float64Array.from({ length: 4_096 }, (_, index) => index + 0.5)

function assertBytes(value) {
  if (value.length !== 64 || value[63] !== 63) throw new Error('wrong message')
}

export const shapes = {
  one: { count: 1, window: 8_192, make: () => bytes, check: assertBytes },
  batch: {
    count: 64,
    window: 256,
    make: () => Array.from({ length: 64 }, () => bytes.slice()),
    check: (list) => list.forEach(assertBytes),
  },
  doubles: {
    count: doubles.length,
    window: 64,
    make: () => doubles,
    check(list) {
      if (list.length !== doubles.length || list[4_095] !== 4_095.5) throw new Error('wrong doubles')
    },
  },
}

const base64 = (value) => Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')

export function encoderOf(kind) {
  if (kind !== 'fork-json') return (value) => value
  return (value) => {
    if (value instanceof Float64Array) return Array.from(value)
    return Array.isArray(value) ? value.map(base64) : base64(value)
  }
}

export function decoderOf(kind) {
  if (kind !== 'fork-json') return (value) => value
  return (value) => {
    if (typeof value === 'string') return Buffer.from(value, 'base64')
    return typeof value[0] === 'string' ? value.map((text) => Buffer.from(text, 'base64')) : value
  }
}
