/** The services that come with lanework: what `up` starts, where, and what to type to try each. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import { fail } from '../core/index.ts'
import { loadService, type AnyService, type LaneKind } from '../server/index.ts'
import { echo, upper } from '../services/echo/index.ts'
import { daytimeService, rfc868Service, timeService } from '../services/time/index.ts'

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
const timeModule = new URL('../services/time/index.js', import.meta.url).href

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
  {
    name: 'daytime',
    service: daytimeService(),
    url: new URL(`${timeModule}#daytime`),
    summary: 'tells date and time in a line, whatever it is asked (RFC 867)',
    port: 9013,
    tryIt: (address) => `echo | npx lanework talk ${address}`,
  },
  {
    name: 'time',
    service: timeService(),
    url: new URL(`${timeModule}#time`),
    summary: 'answers a format (strftime) with the time in it',
    port: 9014,
    tryIt: (address) => `npx lanework time ${address} '%A, %e %B %Y, %H:%M:%S %Z'`,
  },
  {
    name: 'rfc868',
    service: rfc868Service(),
    url: new URL(`${timeModule}#rfc868`),
    summary: 'tells the seconds since 1900 in four bytes (RFC 868)',
    port: 9037,
    tryIt: (address) => `echo | npx lanework talk --hex --framing raw ${address}`,
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
