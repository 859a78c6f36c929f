/** The control socket of `lanework serve` and `lanework up`, and the upgrade that it and SIGUSR2 start. */
import { isLaneworkError } from '../core/index.ts'
import {
  controlFolder,
  inheritance,
  serveControl,
  upgrade,
  type ControlSocket,
  type Server,
  type UpgradeReport,
} from '../server/index.ts'
import { remark } from './output.ts'
import { stateFolder } from './state-folder.ts'

/** As long as the old lanes of a reload have. */
const upgradeDrainMs = 30_000

export interface ControlFlags {
  /** A path, false for none; else it stands in the folder. */
  readonly control?: string | boolean
  readonly state?: string
}

export interface Operated {
  readonly socket: ControlSocket | undefined
  upgrade(): Promise<UpgradeReport>
}

/** A successor's servers alone do not make it ready: `openControl` does, so that a predecessor goes on where that fails. */
export async function holdReady(): Promise<void> {
  const inherited = await inheritance()
  inherited?.hold()
}

/** Opens it as the flags say, and tells a predecessor that all is ready. One that was asked for must open; the usual one may fail. */
export async function openControl(servers: readonly Server[], flags: ControlFlags, name: string): Promise<Operated> {
  const operated = { upgrade: () => upgradeAll(servers) }
  const inherited = await inheritance()
  const replace = inherited !== undefined
  const socket = await open(servers, flags, { name, replace, upgrade: operated.upgrade })
  // A predecessor that is gone needs no word; one that gave us up ends us.
  await inherited?.ready().catch((error: Error) => remark(`lanework: ${error.message}`))
  return { ...operated, socket }
}

async function open(
  servers: readonly Server[],
  flags: ControlFlags,
  options: { readonly name: string; readonly replace: boolean; readonly upgrade: () => Promise<UpgradeReport> },
): Promise<ControlSocket | undefined> {
  if (flags.control === false) return undefined
  if (typeof flags.control === 'string') return serveControl(servers, { ...options, path: flags.control })
  try {
    return await serveControl(servers, { ...options, replace: false, folder: controlFolder(stateFolder(flags.state)) })
  } catch (error) {
    const reason = isLaneworkError(error) ? `${error.message} ${error.fix}` : (error as Error).message
    remark(`lanework: no control socket, so \`lanework status\` will not find this server: ${reason}`)
    return undefined
  }
}

/** Once the successor serves, this program drains and ends. */
async function upgradeAll(servers: readonly Server[]): Promise<UpgradeReport> {
  const report = await upgrade(servers, { args: process.argv.slice(1) })
  remark(`lanework: upgraded: pid ${report.pid} serves after ${report.tookMs} ms; this one drains`)
  for (const server of servers) void server.drain({ deadlineMs: upgradeDrainMs })
  return report
}
