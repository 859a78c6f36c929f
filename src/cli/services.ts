/** The services that come with lanework: what `up` starts, where, and what to type to try each. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import { fail } from '../core/index.ts'
import { loadService, type AnyService, type LaneKind } from '../server/index.ts'
import { echo, upper } from '../services/echo/index.ts'

export interface BuiltInService {
  readonly name: string
  readonly service: AnyService
  /** Its module, with `#` and the name of its export: how lanes in threads and processes find it. */
  readonly url: URL
  /** What it does, in a few words. */
  readonly summary: string
  /** Its port in `lanework up`: 9000 plus the well-known one where there is one. */
  readonly port: number
  /** What to type to see it work, given an address. */
  readonly tryIt: (address: string) => string
}

const echoModule = new URL('../services/echo/index.js', import.meta.url).href

const sayHello = (address: string): string => `echo hello | npx lanework talk ${address}`

export const builtInServices: readonly BuiltInService[] = [
  {
    name: 'upper',
    service: upper,
    url: new URL(`${echoModule}#upper`),
    summary: 'answers in upper case (ASCII letters; streams as they come)',
    port: 9001,
    tryIt: sayHello,
  },
  {
    name: 'echo',
    service: echo,
    url: new URL(`${echoModule}#echo`),
    summary: 'answers what it got (streams as they come)',
    port: 9007,
    tryIt: sayHello,
  },
]

/**
 * What `serve` is given for a built-in service's name, or the path of a module: the service itself for inline lanes, its URL for others.
 * Throws SERVICE_UNKNOWN or SERVICE_INVALID.
 */
export async function findSource(nameOrPath: string, laneKind: LaneKind): Promise<AnyService | URL> {
  const builtIn = builtInServices.find((candidate) => candidate.name === nameOrPath)
  if (builtIn !== undefined) return laneKind === 'inline' ? builtIn.service : builtIn.url
  const path = resolve(nameOrPath)
  if (existsSync(path)) return laneKind === 'inline' ? loadService(pathToFileURL(path)) : pathToFileURL(path)
  throw fail('SERVICE_UNKNOWN', {
    name: nameOrPath,
    known: `${builtInServices.map((candidate) => candidate.name).join(', ')} (or the path of a module)`,
  })
}
