/** The matrix for lanes in processes, datagrams and streams over IPv6. */
import { runMatrix } from './run-matrix.ts'
import { laneScenarios } from './lane-scenarios.ts'
import { scenarios } from './scenarios.ts'

runMatrix('process', [...scenarios, ...laneScenarios], 'ipv6')
