/** A field for one option of a policy, made from the row that describes it. */
import { numberText } from '../../src/schedule/index.ts'
import { checkField, type Field, selectField, sliderField, textField, timeScale } from './field.ts'
import type { PolicyOptionRow } from './policy-rows.ts'

/**
 * The field, or undefined for an option that a form cannot hold. `change` gets undefined where the default is meant.
 * Sliders are scaled by the longest burst of the workload.
 */
export function optionField(
  option: PolicyOptionRow,
  value: unknown,
  longest: number,
  change: (value: unknown) => void,
): Field | undefined {
  const id = `option-${option.name}`
  const label = option.name
  const now = value ?? option.default
  if (option.choices !== undefined)
    return selectField(
      id,
      label,
      option.choices.map((choice) => [choice, choice]),
      String(now),
      change,
    )
  switch (option.type) {
    case 'number':
      return sliderField(id, label, timeScale(longest, option.min ?? 0), Number(now ?? 0), numberText, change)
    case 'boolean':
      return checkField(id, label, now === true, change)
    default:
      return textField(id, label, String(now ?? ''), change)
  }
}
