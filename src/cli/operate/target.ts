/** Which server is meant: by name or pid among those that run, or by its control socket. */
import { fail, isLaneworkError } from '../../core/index.ts'
import { ControlClient } from '../../process/index.ts'
import { controlFolder, findServers, type FoundServer, type OperatorMethods } from '../../server/index.ts'
import { visibleText } from '../../schedule/index.ts'
import { remark } from '../output.ts'
import { statePath } from '../state-folder.ts'
import type { TargetFlags } from './command.ts'

export type Operator = ControlClient<OperatorMethods>

const connectMs = 5_000

/** All that are meant: with neither name nor path every one that runs. Throws SERVER_NOT_FOUND when there is none. */
export async function findTargets(wanted: string | undefined, flags: TargetFlags): Promise<string[]> {
  if (flags.control !== undefined) return [flags.control]
  const folder = controlFolder(statePath(flags.state))
  const found = await findServers(folder)
  const fitting = found.filter((each) => wanted === undefined || isMeant(each, wanted))
  for (const { name, pid } of fitting.filter(({ answers }) => !answers)) {
    remark(`lanework: ${visibleText(name)} (pid ${pid}) does not answer`)
  }
  const answering = fitting.filter(({ answers }) => answers)
  if (answering.length > 0) return answering.map(({ path }) => path)
  const known = found.length === 0 ? `looked in ${folder}` : `running are ${found.map(labelOf).join(', ')}`
  throw fail('SERVER_NOT_FOUND', {
    wanted: wanted === undefined ? 'runs' : `is called ${JSON.stringify(wanted)}`,
    known,
  })
}

/**
 * The one that is meant; a program that ends after an upgrade has the name of its successor, and is meant by its pid only.
 * Throws SERVER_NOT_FOUND, and OPTION_INVALID when several are.
 */
export async function findTarget(wanted: string | undefined, flags: TargetFlags): Promise<string> {
  const paths = await findTargets(wanted, flags)
  if (paths.length === 1) return paths[0] as string
  const found = (await findServers(controlFolder(statePath(flags.state)))).filter(({ path }) => paths.includes(path))
  const staying = found.filter(({ ends }) => !ends)
  if (staying.length === 1) return (staying[0] as FoundServer).path
  const rule = `the name or pid of one that runs: ${found.map(labelOf).join(', ')}`
  throw fail('OPTION_INVALID', { option: 'server', rule, got: JSON.stringify(wanted ?? '') })
}

/** Connects, does it, and lets go. Throws SERVER_NOT_FOUND when nobody listens at the path. */
export async function withOperator<Result>(
  path: string,
  act: (operator: Operator) => Promise<Result>,
): Promise<Result> {
  const operator = await connect(path)
  try {
    return await act(operator)
  } finally {
    await operator.close()
  }
}

async function connect(path: string): Promise<Operator> {
  try {
    return await ControlClient.connect<OperatorMethods>(path, { timeoutMs: connectMs })
  } catch (cause) {
    if (!isLaneworkError(cause, 'CONNECTION_REFUSED')) throw cause
    throw fail('SERVER_NOT_FOUND', { wanted: `listens at ${path}`, known: 'nobody answers there' }, { cause })
  }
}

function isMeant({ name, pid, services }: FoundServer, wanted: string): boolean {
  return name === wanted || String(pid) === wanted || services.includes(wanted)
}

function labelOf({ name, pid }: FoundServer): string {
  return `${visibleText(name)} (pid ${pid})`
}
