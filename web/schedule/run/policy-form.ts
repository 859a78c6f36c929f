/** The form in which the policy of a run is changed while it goes on: chosen first, and taken with a button. */
import { settledChoice } from '../../../src/batch/request/policy.ts'
import { type PolicyChoice, policyRow, policyTable, visibleText } from '../../../src/schedule/index.ts'
import { element } from '../../element.ts'
import { selectField } from '../field.ts'
import { optionField } from '../option-field.ts'
import { themeChoice } from '../theme.ts'

export interface PolicyForm {
  readonly node: HTMLElement
  /** The policy that decides now; the form follows it until its reader changes something. */
  show(choice: PolicyChoice): void
  /** Chooses a policy as if it had been chosen here; it still has to be taken. */
  choose(policy: string): void
}

/** Sliders of times are scaled by it, in ms. */
const usualMs = 250
const shownOptions = 3

/** `take` says what went wrong, if it did. */
export function policyForm(take: (choice: PolicyChoice) => Promise<string | undefined>): PolicyForm {
  const form = element('form', { 'aria-label': 'Policy' })
  const said = element('p', { class: 'hint wide', role: 'status' })
  let current: PolicyChoice = { name: 'rr' }
  let chosen: PolicyChoice | undefined
  let moreOpen = false

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const choice = chosen ?? current
    said.textContent = 'Asking the batch…'
    void take(choice).then((problem) => {
      said.textContent = problem === undefined ? `${titleOf(choice.name)} decides now.` : visibleText(problem)
      if (problem === undefined && chosen === choice) chosen = undefined
    })
  })

  function choose(policy: string): void {
    chosen = policy === current.name ? current : usual(policy)
    draw()
  }

  function setOption(name: string, value: unknown): void {
    const { name: policy, options = {} } = chosen ?? current
    const { [name]: _, ...others } = options
    chosen = { name: policy, options: value === undefined ? others : { ...others, [name]: value } }
  }

  /** The focus stays on the field that it was on. */
  function draw(): void {
    const focused = document.activeElement?.id ?? ''
    const { name, options = {} } = chosen ?? current
    const row = policyRow(name)
    const policy = selectField(
      'policy',
      'Policy',
      policyTable.map(({ name, title }) => [name, title]),
      row.name,
      choose,
    )
    policy.node.classList.add('wide')
    const fields = row.options.flatMap((option) => {
      const change = (value: unknown): void => setOption(option.name, value)
      return optionField(option, options[option.name], usualMs, change)?.node ?? []
    })
    const more = element(
      'details',
      { class: 'more', open: moreOpen },
      element('summary', {}, 'More options'),
      ...fields.slice(shownOptions),
    )
    more.addEventListener('toggle', () => {
      moreOpen = more.open
    })
    form.replaceChildren(
      element('h2', { class: 'wide' }, 'Policy'),
      policy.node,
      element('p', { class: 'hint wide' }, `${row.description} Times are in milliseconds, slices 10 or more.`),
      ...fields.slice(0, shownOptions),
      ...(fields.length > shownOptions ? [more] : []),
      element(
        'div',
        { class: 'field' },
        element('button', { type: 'submit', class: 'primary wide-button' }, 'Take it'),
      ),
      said,
      themeChoice(),
    )
    if (focused !== '') document.getElementById(focused)?.focus()
  }

  draw()
  return {
    node: element('aside', { class: 'card controls', 'aria-label': 'Policy of the run' }, form),
    show(choice) {
      const isNew = JSON.stringify(choice) !== JSON.stringify(current)
      current = choice
      if (isNew && chosen === undefined) draw()
    },
    choose,
  }
}

/** With the options that suit milliseconds; a policy that needs some which nobody gave has none here. */
function usual(name: string): PolicyChoice {
  try {
    return settledChoice({ name })
  } catch {
    return { name, options: {} }
  }
}

function titleOf(name: string): string {
  return policyTable.find((row) => row.name === name)?.title ?? name
}
