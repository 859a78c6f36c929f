/** What a child has from its parent: flags, so that its loaders work, less what would make it another program; environment. */
import { fail } from '../../core/index.ts'

/** Flags that say what to run, or that two processes cannot both have. */
const notPassed =
  /^(-e|--eval|-p|--print|-pe|-c|--check|-i|--interactive|--input-type|--test\b.*|--watch.*|--inspect.*|--debug-port.*|--cpu-prof.*|--heap-prof.*|--prof|--report-.*|--run)(=|$)/

/** The flags of `flags` that a child gets. An inspector's port would be taken already, so none is passed on. */
export function flagsForChild(flags: readonly string[] = process.execArgv): string[] {
  return select(flags, (flag) => !notPassed.test(flag))
}

/** Flags that say which program text this is; a thread would take it for its own. */
const programText = /^(-e|--eval|-p|--print|-pe|--input-type)(=|$)/
/** Flags by which modules are found and translated. */
const loaders = /^(--import|--require|-r|--loader|--experimental-loader|--conditions|-C)(=|$)/

/** A thread has this program's flags (undefined), or, where some do not fit, those that it cannot do without. */
export function flagsForThread(flags: readonly string[] = process.execArgv): string[] | undefined {
  return flags.some((flag) => programText.test(flag)) ? select(flags, (flag) => loaders.test(flag)) : undefined
}

function select(flags: readonly string[], wanted: (flag: string) => boolean): string[] {
  let taken = false
  return flags.filter((flag) => {
    // Among flags only a value can stand without a dash; it goes with its flag.
    if (flag.startsWith('-')) taken = wanted(flag)
    return taken
  })
}

/** Refuses a folder for what runs inside this program, which has one folder. Throws OPTION_INVALID. */
export function checkFolder(isInside: boolean, cwd: string | undefined): void {
  if (!isInside || cwd === undefined) return
  throw fail('OPTION_INVALID', {
    option: 'cwd',
    rule: 'absent, as threads share the folder of their program',
    got: cwd,
  })
}

/** This program's environment, without flags in NODE_OPTIONS that only one process can have. */
export function environmentForChild(environment: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const options = environment['NODE_OPTIONS']
  if (options === undefined || !options.includes('--inspect')) return environment
  return { ...environment, NODE_OPTIONS: options.replace(/(^|\s)--inspect\S*/g, '').trim() }
}
