/** Node's flags for a child: those of this program, so that its loaders work, less what would make it another program. */

/** Flags that say what to run, or that two processes cannot both have. */
const notPassed =
  /^(-e|--eval|-p|--print|-pe|-c|--check|-i|--interactive|--input-type|--test\b.*|--watch.*|--inspect.*|--debug-port.*|--cpu-prof.*|--heap-prof.*|--prof|--run)(=|$)/
/** The flags of `flags` that a child gets. An inspector's port would be taken already, so none is passed on. */
export function flagsForChild(flags: readonly string[] = process.execArgv): string[] {
  const passed: string[] = []
  for (let index = 0; index < flags.length; index++) {
    const flag = flags[index] as string
    if (!notPassed.test(flag)) {
      passed.push(flag)
      continue
    }
    // Among flags only a value can stand without a dash.
    if (flags[index + 1]?.startsWith('-') === false) index += 1
  }
  return passed
}

/** This program's environment, without flags in NODE_OPTIONS that only one process can have. */
export function environmentForChild(environment: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const options = environment['NODE_OPTIONS']
  if (options === undefined || !options.includes('--inspect')) return environment
  return { ...environment, NODE_OPTIONS: options.replace(/(^|\s)--inspect\S*/g, '').trim() }
}
