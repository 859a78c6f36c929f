// A process that ended tells why: it returned, left, failed, was killed, or was stuck.
import { Process, type ProcessOptions, type Task } from 'lanework/process'
import { nap } from './tasks/greetings.ts'
import { double, leave, spin, stumble } from './tasks/faults.ts'

async function explain<Args extends readonly unknown[]>(
  work: Task<Args>,
  args: NoInfer<Args>,
  options?: ProcessOptions,
) {
  const child = await new Process(work, args, { stderr: 'ignore', ...options }).start()
  if (work.name === 'nap') process.kill(child.pid, 'SIGTERM')
  const { reason, exitCode, error } = await child.sentinel
  console.log(
    `${work.name}: ${reason}, exit code ${exitCode}${error === undefined ? '' : `, ${error.name}: ${error.message}`}`,
  )
}

await explain(double, [1])
await explain(leave, [])
await explain(stumble, [])
await explain(nap, [60_000])
await explain(spin, [], { hangMs: 500 })
