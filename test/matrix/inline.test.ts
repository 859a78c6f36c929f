/** The matrix for the lane of the calling thread. */
import { runMatrix } from './run-matrix.ts'
import { laneScenarios } from './lane-scenarios.ts'
import { scenarios } from './scenarios.ts'

runMatrix('inline', [...scenarios, ...laneScenarios])
