/** The matrix for lanes in processes, streams over IPv4 and Unix sockets. */
import { runMatrix } from './run-matrix.ts'
import { laneScenarios } from './lane-scenarios.ts'
import { scenarios } from './scenarios.ts'

runMatrix('process', [...scenarios, ...laneScenarios], 'streams')
