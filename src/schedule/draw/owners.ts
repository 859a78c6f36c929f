/** Which job a thread belongs to. */
import type { Simulation } from '../machine/simulation.ts'
import { recordOf } from './chart.ts'

/**
 * The job of each thread in the record. A thread that never ran and never did I/O is in no span; it is called as its job,
 * or begins with its job's name.
 */
export function threadOwners(simulation: Simulation): Map<string, string> {
  const { cpu, devices, transitions } = recordOf(simulation)
  const owners = new Map<string, string>()
  for (const { thread, job } of cpu) owners.set(thread, job)
  for (const { thread, job } of devices) owners.set(thread, job)
  const names = simulation.jobs.map(({ name }) => name).sort((a, b) => b.length - a.length)
  const known = new Set(names)
  for (const { thread } of transitions) {
    if (owners.has(thread)) continue
    owners.set(thread, known.has(thread) ? thread : (names.find((name) => thread.startsWith(name)) ?? thread))
  }
  return owners
}
