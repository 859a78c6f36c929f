// Memory divided in advance, cut to measure, and in pages: where the unused part of it lies.
import { fixedPartitions, pagedMemory, variablePartitions, type Allocator } from 'lanework/schedule'

const memories: Record<string, Allocator> = {
  'four fixed partitions': fixedPartitions({ partitions: [250, 250, 250, 250] }),
  'cut to measure': variablePartitions({ size: 1_000 }),
  'cut, with compaction': variablePartitions({ size: 1_000, compaction: 'when-needed' }),
  'pages of 50': pagedMemory({ frames: 20, pageSize: 50 }),
}

for (const [name, memory] of Object.entries(memories)) {
  for (const job of ['A', 'B', 'C', 'D']) memory.admit(job, 240)
  memory.release('A')
  memory.release('C')
  const before = memory.usage()
  const place = memory.admit('E', 245)
  const second = memory.admit('F', 200)
  const third = memory.admit('G', 40)
  const placed = [place, second, third].map((each) => (each === undefined ? 'waits' : 'has a place'))
  console.log(`${name}: unused inside ${before.internal}, free ${before.free} in ${before.holes} holes`)
  console.log(`  E ${placed[0]}, F ${placed[1]}, G ${placed[2]}`)
}
