/** The matrix for lanes in processes, WebSockets. */
import { runMatrix } from './run-matrix.ts'
import { laneScenarios } from './lane-scenarios.ts'
import { scenarios } from './scenarios.ts'

runMatrix('process', [...scenarios, ...laneScenarios], 'websockets')
