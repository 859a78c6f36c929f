/** The matrix for lanes in threads, WebSockets. */
import { runMatrix } from './run-matrix.ts'
import { laneScenarios } from './lane-scenarios.ts'
import { scenarios } from './scenarios.ts'

runMatrix('thread', [...scenarios, ...laneScenarios], 'websockets')
