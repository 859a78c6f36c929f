// Processes share memory when they are given some: two of them count in one array, and no count is lost.
import { Process, SharedArray } from 'lanework/process'
import { count } from './tasks/memory.ts'

const counts = new SharedArray(Int32Array, 1)
const children = [new Process(count, [counts, 100_000]), new Process(count, [counts, 100_000])]
for (const child of children) await child.start()
for (const child of children) await child.join()
console.log(`counted by two processes: ${counts.array[0]}`)
counts.close()
