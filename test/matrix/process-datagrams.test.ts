/** The matrix for lanes in processes, datagrams over IPv4 and Unix sockets. */
import { runMatrix } from './run-matrix.ts'
import { laneScenarios } from './lane-scenarios.ts'
import { scenarios } from './scenarios.ts'

runMatrix('process', [...scenarios, ...laneScenarios], 'datagrams')
