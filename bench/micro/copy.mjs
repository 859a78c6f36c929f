// From which size on a bulk copy beats a loop, for the copies of src/io/native/copy.ts: out of an arena into a new
// Buffer, and into an arena. Both ways in turn, five rounds, medians in nanoseconds a copy.
//
//   node bench/micro/copy.mjs

const arena = Buffer.alloc(65_536, 1)
const copies = 1_000_000
const rounds = 5

const ways = {
  'out, loop': (size) => {
    const copy = Buffer.allocUnsafe(size)
    for (let index = 0; index < size; index++) copy[index] = arena[128 + index]
    return copy
  },
  'out, bulk': (size) => {
    const copy = Buffer.allocUnsafe(size)
    arena.copy(copy, 0, 128, 128 + size)
    return copy
  },
  'in, loop': (size, bytes) => {
    for (let index = 0; index < size; index++) arena[128 + index] = bytes[index]
    return arena
  },
  'in, bulk': (size, bytes) => {
    arena.set(bytes, 128)
    return arena
  },
}

function nanosecondsPerCopy(way, size) {
  const bytes = Buffer.alloc(size, 2)
  let used = 0
  const start = process.hrtime.bigint()
  for (let count = 0; count < copies; count++) used += way(size, bytes)[0]
  const took = Number(process.hrtime.bigint() - start)
  if (used < 0) throw new Error('unreachable: keeps the copies from being optimised away')
  return took / copies
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1]

for (const size of [8, 16, 32, 48, 64, 96, 128, 256]) {
  const times = Object.fromEntries(Object.keys(ways).map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const [name, way] of Object.entries(ways)) times[name].push(nanosecondsPerCopy(way, size))
  }
  const row = Object.entries(times).map(([name, values]) => `${name} ${median(values).toFixed(0).padStart(4)}`)
  console.log(`${String(size).padStart(4)} bytes   ${row.join('   ')}`)
}
