/** `lanework/testing`: a network in memory with seeded faults, and a clock that a test turns. */
export { MemoryNetwork, type MemoryNetworkCounts, type MemoryNetworkOptions } from './memory-network.ts'
export { VirtualClock } from './virtual-clock.ts'
export { SeededRandom } from './random.ts'
