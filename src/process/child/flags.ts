/** Node's flags for a child: those of this program, so that its loaders work, less what would make it another program. */

/** Flags that say what to run, or that two processes cannot both have. */
const notPassed =
  /^(-e|--eval|-p|--print|-pe|-c|--check|-i|--interactive|--input-type|--test\b.*|--watch.*|--inspect.*|--debug-port.*|--cpu-prof.*|--heap-prof.*|--prof|--run)(=|$)/
/** Of these, the value may stand in the next argument. */
const withValue = new Set([
  '-e',
  '--eval',
  '-p',
  '--print',
  '-pe',
  '--input-type',
  '--watch-path',
  '--debug-port',
  '--run',
])

/** The flags of `flags` that a child gets. An inspector's port would be taken already, so none is passed on. */
export function flagsForChild(flags: readonly string[] = process.execArgv): string[] {
  const passed: string[] = []
  for (let index = 0; index < flags.length; index++) {
    const flag = flags[index] as string
    if (!notPassed.test(flag)) {
      passed.push(flag)
      continue
    }
    if (withValue.has(flag)) index += 1
  }
  return passed
}
