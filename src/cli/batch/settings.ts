/** From the options of a command line, and what a file says, to what a batch runs on. */
import {
  cpuList,
  durationMs,
  settledChoice,
  settingsFrom,
  usableCpus,
  withQuantum,
  type BatchSettings,
} from '../../batch/index.ts'
import { fail } from '../../core/index.ts'
import { parsePolicy, type PolicyChoice } from '../../schedule/index.ts'
import type { SettingsFlags } from './flags.ts'

/** Options come before what the file says. Throws OPTION_INVALID. */
export function settingsOf(flags: SettingsFlags, file: BatchSettings = {}): BatchSettings {
  const { memory, degree, jobs, resource, slots, cpus } = flags
  const given = {
    ...(cpus === undefined ? {} : { cpus: cpusValue(cpus) }),
    ...(memory === undefined ? {} : { memory }),
    ...(degree === undefined ? {} : { degree }),
    ...(jobs === undefined ? {} : { jobs }),
    ...(resource === undefined ? {} : { resources: pairsOf('--resource', resource) }),
    ...(slots === undefined ? {} : { slots: pairsOf('--slots', slots) }),
    ...(flags.pin === undefined ? {} : { pin: flags.pin }),
  }
  const usable = usableCpus()
  const settings = settingsFrom(given, usable, (field, rule, got) =>
    field === 'cpus' && cpus !== undefined
      ? fail('OPTION_INVALID', { option: '--cpus', rule: cpusRule(usable), got: cut(cpus) })
      : fail('OPTION_INVALID', {
          option: optionOf(field),
          rule,
          got: cut(typeof got === 'string' ? got : JSON.stringify(got)),
        }),
  )
  return { ...file, ...settings }
}

/** As a command line has them. */
function cpusRule(usable: readonly number[]): string {
  return `a number of CPUs from 1 to ${usable.length}, or different ones of ${rangesText(usable)}`
}

/** `0-3,6`. */
function rangesText(numbers: readonly number[]): string {
  const starts = numbers.filter((number) => !numbers.includes(number - 1))
  const ends = numbers.filter((number) => !numbers.includes(number + 1))
  return starts.map((start, index) => (start === ends[index] ? `${start}` : `${start}-${ends[index]}`)).join(',')
}

/** So that a message stays a message. */
function cut(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

function optionOf(field: string): string {
  return field === 'resources' ? '--resource' : `--${field}`
}

/** The policies of `--policy`, or of the file, or the usual one; each with `--quantum` if it has slices. Throws OPTION_INVALID. */
export function policiesOf(flags: Pick<SettingsFlags, 'policy' | 'quantum'>, file?: PolicyChoice): PolicyChoice[] {
  const { policy, quantum } = flags
  if (policy !== undefined)
    return policyTexts(policy).map((text) => settledChoice(withSlices(parsePolicy(text), quantum)))
  // What a command line says is meant more than what a file says.
  const choice = file ?? { name: 'rr' }
  const { options } = withSlices({ name: choice.name }, quantum)
  return [settledChoice({ name: choice.name, options: { ...choice.options, ...options } })]
}

/** One policy. Throws OPTION_INVALID. */
export function policyOf(text: string, quantum: string | undefined): PolicyChoice {
  return settledChoice(withSlices(parsePolicy(text, 'policy'), quantum))
}

function withSlices(choice: PolicyChoice, quantum: string | undefined): PolicyChoice {
  if (quantum === undefined) return choice
  const ms = durationMs(quantum)
  if (ms === undefined) throw fail('OPTION_INVALID', { option: '--quantum', rule: 'a duration, as 50ms', got: quantum })
  // What stands at the policy itself is meant for it alone; one without slices needs none.
  return withQuantum(choice, ms) ?? choice
}

/** `fcfs,rr:quantum=50,virtual=true,mlfq`: what has a `=` and no policy before its own colon belongs to the one before. */
function policyTexts(text: string): string[] {
  const texts: string[] = []
  for (const part of text.split(/,(?![^[{]*[\]}])/)) {
    const isOption = /^[^:]*=/.test(part) && texts.length > 0
    if (isOption) texts.push(`${texts.pop()},${part}`)
    else texts.push(part.trim())
  }
  return texts
}

/** `2` is a number of CPUs; `0,1` and `0-3` say which. */
export function cpusValue(text: string): unknown {
  return /^\d+$/.test(text) ? Number(text) : (cpuList(text) ?? text)
}

/** `gpu=1`, several times. */
export function pairsOf(option: string, texts: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    texts.map((text) => {
      const [, name = '', amount = ''] = /^([^=]+)=(\d+(?:\.\d+)?)$/.exec(text) ?? []
      if (name === '') throw fail('OPTION_INVALID', { option, rule: 'NAME=NUMBER, as gpu=1', got: text })
      return [name, Number(amount)]
    }),
  )
}
