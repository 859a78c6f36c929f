/** `lanework serve dns`: the DNS server's own options, besides those of every service. */
import { resolve } from 'node:path'

import { InvalidArgumentError, type Command, type OptionValues } from 'commander'

import type {
  ChaosOptions,
  DnsOptions,
  ForwardOptions,
  QueryLogOptions,
  RateLimitOptions,
  ScriptModule,
  ZoneFile,
} from '../services/dns/index.ts'
import { readDnsConfig, scriptAt } from './dns-config.ts'
import { integerOption } from './options.ts'
import { run, type OutputOptions } from './output.ts'

interface DnsFlags {
  config?: string
  zone?: string[]
  watch?: boolean
  log?: string
  rrl?: boolean
  rrlRate?: number
  rrlSlip?: number
  rrlExempt?: string[]
  rrlDryRun?: boolean
  queryLog?: string
  queryLogSample?: number
  chaosVersion?: string
  chaosId?: string
  script?: ScriptModule[]
  forward?: string[]
  forwardAllow?: string[]
  hosts?: string[]
  block?: string[]
  tcpIdleMs?: number
  udpBytes?: number
  nsid?: string
}

/** Adds it to `serve`; `start` is given the flags of `serve`, and the options of the service. */
export function addServeDns<Flags extends OptionValues>(
  serve: Command,
  start: (flags: Flags, options: DnsOptions) => Promise<void>,
): void {
  const command = serve
    .command('dns')
    .summary('a DNS server: zones, scripts, forwarding')
    .option('--config <file>', 'all options in TOML or JSON; flags go before it')
    .option('--zone <file...>', 'zone files, or NAME=FILE where the file does not name its zone')
    .option('--watch', 'load a zone again when its file changes')
    .option('--log <file>', 'where to say what becomes of zones: a path, stderr, or none (stderr)')
    .option('--udp-bytes <n>', 'largest answer over UDP (1232)', integerOption(512, 4096))
    .option('--tcp-idle-ms <n>', 'close silent TCP connections after so long (10000)', integerOption(100, 3_600_000))
    .option('--nsid <text>', "this server's name, for who asks for it")
    .option('--chaos-version <text>', 'what version.bind and version.server are told (nothing)')
    .option('--chaos-id <text>', 'what id.server and hostname.bind are told (nothing)')
    .option(
      '--script <name=module...>',
      'names that functions answer for, with all below: NAME=MODULE#EXPORT',
      scriptOf,
    )
  addLimits(command)
  addForwarding(command)
    .addHelpText(
      'before',
      'Example:\n  lanework serve dns --zone example.zone --listen udp://127.0.0.1:9053 --listen tcp://127.0.0.1:9053\n' +
        '  lanework serve dns --config dns.toml --listen udp://0.0.0.0:53 --listen tcp://0.0.0.0:53\n',
    )
    .addHelpText(
      'after',
      '\nWithout --zone it serves an example zone, example.lan. `lanework reload` and SIGHUP load zones that have changed;\n' +
        '`lanework dns status` shows zones and what was answered. Keys, transfers, updates and views stand in the file of --config.\n' +
        'Besides these it has the options of `lanework serve`: `lanework serve --help` lists them.',
    )
    .action((flags: DnsFlags, own: Command) =>
      run(own.optsWithGlobals<OutputOptions>(), async () => start(own.optsWithGlobals<Flags>(), optionsOf(flags))),
    )
}

function addLimits(command: Command): Command {
  return command
    .option('--rrl-rate <n>', 'answers a second to one network, for one name (200)', integerOption(1, 1_000_000))
    .option('--rrl-slip <n>', 'one in so many beyond it is answered with TC; 0 for none (2)', integerOption(0, 10_000))
    .option('--rrl-exempt <network...>', 'networks without a limit (loopback and private ones)')
    .option('--rrl-dry-run', 'count, and limit nothing')
    .option('--no-rrl', 'no rate limit')
    .option('--query-log <file>', 'write down queries: a path, or stderr')
    .option('--query-log-sample <n>', 'one in so many (1)', integerOption(1, 1_000_000_000))
}

function addForwarding(command: Command): Command {
  return command
    .option('--forward <address...>', 'servers to ask for names outside the zones: HOST, udp://HOST:PORT, tcp://...')
    .option('--forward-allow <network...>', 'who may have that done (loopback and private networks)')
    .option('--hosts <file...>', 'files of addresses and names, as /etc/hosts')
    .option('--block <file...>', 'files of names that are not to be found')
}

function optionsOf(flags: DnsFlags): DnsOptions {
  const { config, zone, watch, script, tcpIdleMs, udpBytes, nsid } = flags
  const file = config === undefined ? {} : readDnsConfig(resolve(config))
  const log = logOf(flags.log ?? file.log ?? 'stderr')
  const { log: _, ...rest } = file
  return {
    ...rest,
    ...(zone === undefined ? {} : { zones: zone.map(zoneOf) }),
    ...(watch === undefined ? {} : { watch }),
    ...(log === undefined ? {} : { log }),
    ...(script === undefined ? {} : { scripts: script }),
    ...(tcpIdleMs === undefined ? {} : { tcpIdleMs }),
    ...(udpBytes === undefined ? {} : { udpBytes }),
    ...(nsid === undefined ? {} : { nsid }),
    ...rateLimitOf(flags, file.rateLimit),
    ...queryLogOf(flags, file.queryLog),
    ...chaosOf(flags, file.chaos),
    ...forwardOf(flags, file.forward),
  }
}

function rateLimitOf(
  { rrl, rrlRate, rrlSlip, rrlExempt, rrlDryRun }: DnsFlags,
  file: DnsOptions['rateLimit'],
): { rateLimit?: RateLimitOptions | false } {
  if (rrl === false) return { rateLimit: false }
  const given: RateLimitOptions = {
    ...(rrlRate === undefined
      ? {}
      : { answersPerSecond: rrlRate, negativesPerSecond: rrlRate, errorsPerSecond: rrlRate }),
    ...(rrlSlip === undefined ? {} : { slip: rrlSlip }),
    ...(rrlExempt === undefined ? {} : { exempt: rrlExempt }),
    ...(rrlDryRun === undefined ? {} : { dryRun: rrlDryRun }),
  }
  return Object.keys(given).length === 0 ? {} : { rateLimit: { ...(file === false ? {} : file), ...given } }
}

function queryLogOf(
  { queryLog, queryLogSample: sample }: DnsFlags,
  file: QueryLogOptions | undefined,
): { queryLog?: QueryLogOptions } {
  const path = queryLog === undefined ? file?.file : logOf(queryLog)
  if (path === undefined) return {}
  return { queryLog: { ...file, file: path, ...(sample === undefined ? {} : { sample }) } }
}

function chaosOf({ chaosVersion, chaosId }: DnsFlags, file: ChaosOptions | undefined): { chaos?: ChaosOptions } {
  if (chaosVersion === undefined && chaosId === undefined) return {}
  const version = chaosVersion === undefined ? {} : { version: chaosVersion }
  return { chaos: { ...file, ...version, ...(chaosId === undefined ? {} : { id: chaosId }) } }
}

function forwardOf(
  { forward, forwardAllow, hosts, block }: DnsFlags,
  file: ForwardOptions | undefined,
): { forward?: ForwardOptions } {
  const given: ForwardOptions = {
    ...(forward === undefined ? {} : { servers: forward }),
    ...(forwardAllow === undefined ? {} : { allow: forwardAllow }),
    ...(hosts === undefined ? {} : { hosts: hosts.map((path) => resolve(path)) }),
    ...(block === undefined ? {} : { block: block.map((path) => resolve(path)) }),
  }
  return Object.keys(given).length === 0 ? {} : { forward: { ...file, ...given } }
}

function logOf(file: string): string | undefined {
  if (file === 'none') return undefined
  return file === 'stderr' ? file : resolve(file)
}

/** `dyn.example.=./dyn.js#answer` */
function scriptOf(text: string, before: ScriptModule[] = []): ScriptModule[] {
  const [, name, module] = /^([^=]+)=(.+)$/.exec(text) ?? []
  if (name === undefined || module === undefined) throw new InvalidArgumentError('It must be NAME=MODULE.')
  return [...before, scriptAt({ name: absolute(name), subtree: true, module }, resolve)]
}

/** `example.=zones/example`, or a path alone. */
function zoneOf(text: string): ZoneFile {
  const [, origin, file] = /^([^=/]+)=(.+)$/.exec(text) ?? []
  if (origin === undefined || file === undefined) return { file: resolve(text) }
  return { origin: absolute(origin), file: resolve(file) }
}

function absolute(name: string): string {
  return name.endsWith('.') ? name : `${name}.`
}
