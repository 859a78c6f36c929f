/**
 * The priority of a job as a field: Enter, the arrow keys or leaving it make it the job's, Escape takes back what was typed. What the batch says
 * of it never replaces what somebody is typing.
 */
import { element } from '../../element.ts'

export interface PriorityField {
  readonly node: HTMLInputElement
  /** As the batch has it. */
  show(jobName: string, priority: number, canChange: boolean): void
}

/** `change` is called with a number that is another one than the job's; it resolves to whether the batch took it. */
export function priorityField(change: (priority: number) => Promise<boolean>): PriorityField {
  const node = element('input', { type: 'number', class: 'priority', step: 'any', autocomplete: 'off' })
  let known = 0
  let isTyping = false
  /** The batch was asked, and has not answered. */
  let asked = 0
  /** What it was asked for last. */
  let pending: number | undefined

  function restore(): void {
    isTyping = false
    const text = String(pending ?? known)
    if (node.value !== text) node.value = text
  }

  node.addEventListener('input', () => (isTyping = true))
  node.addEventListener('change', () => {
    const wanted = node.valueAsNumber
    isTyping = false
    if (node.readOnly || !Number.isFinite(wanted) || wanted === (pending ?? known)) return restore()
    asked++
    pending = wanted
    void change(wanted).then((isTaken) => {
      asked--
      if (isTaken) known = wanted
      if (asked > 0) return
      pending = undefined
      if (!isTaken && !isTyping) restore()
    })
  })
  node.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') restore()
  })
  // A wheel over a table is meant for the table.
  node.addEventListener('wheel', () => node.blur(), { passive: true })
  return {
    node,
    show(jobName, priority, canChange) {
      known = priority
      node.setAttribute('aria-label', `Priority of ${jobName}`)
      node.readOnly = !canChange
      if (!isTyping && asked === 0) restore()
    },
  }
}
