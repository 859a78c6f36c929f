/** A field for one option of a policy, made from the row that describes it. */
import { numberText, type PolicyOption } from '../../src/schedule/index.ts'
import { checkField, type Field, type Scale, selectField, sliderField, textField, timeScale } from './field.ts'

/** A default this many times the longest burst is no time that a slider should reach. */
const farAway = 20

/**
 * The field, or undefined for an option that a form cannot hold (queues, weights, policies within policies): these stay as
 * the workload brought them. `change` gets undefined where the default is meant. Sliders of times are scaled by the longest
 * burst of the workload.
 */
export function optionField(
  option: PolicyOption,
  value: unknown,
  longest: number,
  change: (value: unknown) => void,
): Field | undefined {
  const id = `option-${option.name}`
  const label = titleOf(option.name)
  const now = value ?? option.default
  const field = ((): Field | undefined => {
    switch (option.type) {
      case 'choice':
        return selectField(
          id,
          label,
          (option.choices ?? []).map((choice) => [choice, choice]),
          String(now),
          change,
        )
      case 'boolean':
        return checkField(id, label, now === true, change)
      case 'list':
        return textField(id, label, Array.isArray(now) ? now.join(', ') : String(now ?? ''), (text) =>
          change(numbersOf(text)),
        )
      case 'number':
      case 'integer': {
        const scale = scaleOf(option, longest)
        if (typeof now === 'number' && scale !== undefined)
          return sliderField(id, label, scale, now, numberText, change)
        return textField(id, label, String(now ?? ''), (text) => change(numberOf(text)))
      }
      default:
        return undefined
    }
  })()
  if (field !== undefined) field.node.title = option.description
  return field
}

/** `minGranularity` reads as `min granularity`. */
function titleOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}

function scaleOf(option: PolicyOption, longest: number): Scale | undefined {
  const { type, default: usual, min, above, max } = option
  if (typeof usual !== 'number' || usual > longest * farAway) return undefined
  const least = min ?? 0
  if (type === 'integer') return { least, most: Math.min(max ?? Infinity, Math.max(8, usual * 2)), step: 1 }
  if (max !== undefined && max <= longest * farAway) return { least, most: max, step: (max - least) / 20 }
  const scale = timeScale(Math.max(longest * 4, usual), least)
  return above === undefined ? scale : { ...scale, least: above + scale.step }
}

/** An empty text means the default; what is no number is handed on, so that the policy says what is wrong with it. */
function numberOf(text: string): unknown {
  const trimmed = text.trim()
  if (trimmed === '') return undefined
  const number = Number(trimmed)
  return Number.isNaN(number) ? trimmed : number
}

function numbersOf(text: string): unknown {
  const parts = text.split(/[\s,;]+/).filter((part) => part !== '')
  return parts.length === 0 ? undefined : parts.map(numberOf)
}
