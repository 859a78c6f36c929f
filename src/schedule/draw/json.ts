/** A simulation as JSON, whole: results, machine, accounts, and the record if there is one. */
import type { Simulation } from '../machine/simulation.ts'

/**
 * The simulation as JSON text. Numbers that JSON does not have (Infinity, NaN) become null; what is undefined is left out.
 *
 * @example writeFileSync('run.json', toJson(simulation, 2))
 */
export function toJson(simulation: Simulation, indent = 0): string {
  return JSON.stringify(simulation, undefined, indent)
}
