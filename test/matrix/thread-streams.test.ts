/** The matrix for lanes in threads, streams over IPv4 and Unix sockets. */
import { runMatrix } from './run-matrix.ts'
import { laneScenarios } from './lane-scenarios.ts'
import { scenarios } from './scenarios.ts'

runMatrix('thread', [...scenarios, ...laneScenarios], 'streams')
