/** `lanework doctor`: what this machine gives, what is missing, and what to do about it. */
import { readFileSync } from 'node:fs'
import { availableParallelism, networkInterfaces, release } from 'node:os'

import type { Command } from 'commander'

import { capabilities, nativeStatus } from '../io/index.ts'
import { descriptorLimit } from '../server/index.ts'
import { print, run, table, type OutputOptions } from './output.ts'
import { packageVersion } from './version.ts'

/** One finding: `ok`, or `note` with what it means and what to do. */
interface Finding {
  readonly what: string
  readonly state: 'ok' | 'note'
  readonly value: string
  readonly advice?: string
}

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .summary('show what this machine gives, and what is slower or missing')
    .option('--json', 'one JSON value')
    .addHelpText('before', 'Example:\n  lanework doctor\n')
    .action((flags: OutputOptions) => run(flags, async () => doctorCommand(flags)))
}

function doctorCommand(flags: OutputOptions): void {
  const native = nativeStatus()
  const findings = [nativeFinding(), nodeFinding(), ...kernelFindings(), descriptorFinding(), ipv6Finding()]
  const missing = native.available ? [] : capabilities.filter((each) => each.node !== true)
  print(flags, { version: packageVersion(), native: native.available, findings, missing }, text(findings, missing))
}

function text(findings: readonly Finding[], missing: typeof capabilities): string {
  const rows = findings.map(({ what, state, value }) => [state === 'ok' ? 'ok  ' : 'note', what, value])
  const advice = findings
    .filter((finding) => finding.advice !== undefined)
    .map((finding) => `  ${finding.what}: ${finding.advice}`)
  const lacks = missing.map((each) => [`  ${each.feature}`, each.node === false ? 'not possible' : String(each.node)])
  return [
    `lanework ${packageVersion()}`,
    table(rows),
    ...(advice.length === 0 ? [] : ['\nWhat to do:', ...advice]),
    ...(lacks.length === 0 ? [] : ['\nDifferent without the native addon:', table(lacks)]),
  ].join('\n')
}

function nativeFinding(): Finding {
  const native = nativeStatus()
  if (native.available) return { what: 'native addon', state: 'ok', value: `native (linux-${process.arch})` }
  const advice = native.reason.includes('LANEWORK_NO_NATIVE')
    ? 'unset LANEWORK_NO_NATIVE'
    : 'install a C compiler (gcc or clang) and run `npm run build`; everything works without it, more slowly'
  return { what: 'native addon', state: 'note', value: `not in use: ${native.reason}`, advice }
}

function nodeFinding(): Finding {
  return {
    what: 'Node.js',
    state: 'ok',
    value: `${process.version}, ${process.platform} ${release()}, ${availableParallelism()} CPUs`,
  }
}

/** Kernel settings that cap what a service may ask for. */
function kernelFindings(): Finding[] {
  return [
    settingFinding(
      'UDP receive buffer limit',
      'net/core/rmem_max',
      1_048_576,
      'bytes',
      'sysctl -w net.core.rmem_max=4194304',
    ),
    settingFinding(
      'accept backlog limit',
      'net/core/somaxconn',
      1_024,
      'connections',
      'sysctl -w net.core.somaxconn=4096',
    ),
  ]
}

function settingFinding(what: string, path: string, enough: number, unit: string, fix: string): Finding {
  const value = readNumber(`/proc/sys/${path}`)
  if (value === undefined) return { what, state: 'note', value: 'unknown here' }
  const shown = `${value.toLocaleString('en')} ${unit}`
  return value >= enough
    ? { what, state: 'ok', value: shown }
    : { what, state: 'note', value: shown, advice: `under load more is needed: ${fix}` }
}

function descriptorFinding(): Finding {
  const limit = descriptorLimit()
  if (limit === undefined) return { what: 'descriptor limit', state: 'note', value: 'unknown here' }
  const shown = `${limit.toLocaleString('en')} (connections at most ${Math.min(10_000, limit - 64).toLocaleString('en')} by default)`
  if (limit >= 10_064) return { what: 'descriptor limit', state: 'ok', value: shown }
  return { what: 'descriptor limit', state: 'note', value: shown, advice: 'for 10,000 connections: ulimit -n 20000' }
}

function ipv6Finding(): Finding {
  const has = Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some((address) => address.family === 'IPv6'),
  )
  if (has) return { what: 'IPv6', state: 'ok', value: 'on' }
  return { what: 'IPv6', state: 'note', value: 'off', advice: 'bind to IPv4 addresses' }
}

function readNumber(path: string): number | undefined {
  try {
    return Number(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}
