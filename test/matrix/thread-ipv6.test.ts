/** The matrix for lanes in threads, datagrams and streams over IPv6. */
import { runMatrix } from './run-matrix.ts'
import { laneScenarios } from './lane-scenarios.ts'
import { scenarios } from './scenarios.ts'

runMatrix('thread', [...scenarios, ...laneScenarios], 'ipv6')
