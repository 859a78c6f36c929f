/** The form of settings: policy with its options, switch cost, CPUs, memory, rule for ties. */
import {
  numberText,
  type PageContent,
  memoryKinds,
  type MemoryOfKind,
  policyRow,
  policyTable,
} from '../../src/schedule/index.ts'
import { element } from '../element.ts'
import { type Field, roundUp, selectField, sliderField, timeScale } from './field.ts'
import { optionField } from './option-field.ts'
import { longestBurst, type Settings, settingsOf } from './settings.ts'
import { themeChoice } from './theme.ts'

export interface Controls {
  readonly node: HTMLElement
  /** Takes a policy as if it had been chosen here. */
  choose(policy: string): void
}

const endless = 33

/** Options of a policy that are always seen; the others fold away. */
const shownOptions = 3

export function controlsView(content: PageContent, change: (settings: Settings) => void): Controls {
  const initial = settingsOf(content)
  let settings = initial
  const form = element('form', { 'aria-label': 'Settings' })
  form.addEventListener('submit', (event) => event.preventDefault())
  const node = element('aside', { class: 'card controls', 'aria-label': 'Machine and policy' }, form)
  const longest = longestBurst(content.workload)
  let moreOpen = false

  function set(part: Partial<Settings>): void {
    settings = { ...settings, ...part }
    change(settings)
  }

  function setOption(name: string, value: unknown): void {
    const { [name]: _, ...others } = settings.options
    set({ options: value === undefined ? others : { ...others, [name]: value } })
  }

  function choose(policy: string): void {
    const options = policy === initial.policy ? initial.options : {}
    set({ policy, options })
    draw()
  }

  /** The form is drawn anew where fields come or go; the focus stays on the field that it was on. */
  function draw(): void {
    const focused = document.activeElement?.id ?? ''
    const row = policyRow(settings.policy)
    const choices = policyTable.map(({ name, title }) => [name, title] as const)
    const policy = selectField('policy', 'Policy', choices, settings.policy, choose)
    policy.node.classList.add('wide')
    const options = row.options.flatMap((option) => {
      const value = settings.options[option.name]
      return optionField(option, value, longest, (next) => setOption(option.name, next))?.node ?? []
    })
    const reset = element('button', { type: 'button', class: 'wide-button' }, 'As it was')
    reset.addEventListener('click', () => {
      settings = initial
      change(settings)
      draw()
    })
    form.replaceChildren(
      element('h2', { class: 'wide' }, 'Machine and policy'),
      policy.node,
      element('p', { class: 'hint wide' }, row.description),
      ...options.slice(0, shownOptions),
      ...(options.length > shownOptions ? [moreOptions(options.slice(shownOptions))] : []),
      ...machineFields(content, settings, longest, set).map((field) => field.node),
      element('div', { class: 'field' }, reset),
      themeChoice(),
    )
    if (focused !== '') document.getElementById(focused)?.focus()
  }

  function moreOptions(fields: readonly HTMLElement[]): HTMLElement {
    const more = element(
      'details',
      { class: 'more', open: moreOpen },
      element('summary', {}, 'More options'),
      ...fields,
    )
    more.addEventListener('toggle', () => {
      moreOpen = more.open
    })
    return more
  }

  draw()
  return { node, choose }
}

function machineFields(
  content: PageContent,
  settings: Settings,
  longest: number,
  set: (part: Partial<Settings>) => void,
): Field[] {
  const fields = [
    sliderField(
      'switch-cost',
      'Switch cost',
      { ...timeScale(longest / 4, 0), step: roundUp(longest / 4) / 20 },
      settings.switchCost,
      numberText,
      (switchCost) => set({ switchCost }),
    ),
    sliderField('cpus', 'CPUs', { least: 1, most: 8, step: 1 }, settings.cpus, String, (cpus) => set({ cpus })),
    sliderField(
      'degree',
      'Jobs in memory at once',
      { least: 1, most: Math.min(endless, content.workload.length + 1), step: 1 },
      settings.degree ?? Math.min(endless, content.workload.length + 1),
      (value) => (value > Math.min(endless - 1, content.workload.length) ? 'any' : String(value)),
      (value) => set({ degree: value > Math.min(endless - 1, content.workload.length) ? undefined : value }),
    ),
    selectField(
      'tie',
      'When a slice ends as a job arrives',
      [
        ['arrival-first', 'the arrival queues first'],
        ['expired-first', 'the one that ran queues first'],
      ],
      settings.tie,
      (tie) => set({ tie: tie === 'expired-first' ? tie : 'arrival-first' }),
    ),
  ]
  const needed = content.workload.reduce((sum, { memory = 0 }) => sum + memory, 0)
  return needed > 0 ? [...fields, ...memoryFields(content, settings, needed, set)] : fields
}

function memoryFields(
  content: PageContent,
  settings: Settings,
  needed: number,
  set: (part: Partial<Settings>) => void,
): Field[] {
  let memory: MemoryOfKind = settings.memory ?? content.machine?.memory ?? { size: roundUp(needed), kind: 'first' }
  const most = roundUp(Math.max(needed, memory.size))
  const least = Math.max(...content.workload.map(({ memory = 0 }) => memory))
  const kinds = [['none', 'enough for all'], ...memoryKinds.map(({ kind, title }) => [kind, title] as const)] as const
  return [
    selectField('memory', 'Memory', kinds, settings.memory?.kind ?? 'none', (kind) => {
      const known = memoryKinds.find((row) => row.kind === kind)?.kind
      if (known !== undefined) memory = { ...memory, kind: known }
      set({ memory: known === undefined ? undefined : memory })
    }),
    sliderField(
      'memory-size',
      'Memory size',
      { least, most, step: most > 100 ? 1 : most / 100 },
      memory.size,
      numberText,
      (size) => {
        memory = { ...memory, size }
        set({ memory })
      },
    ),
  ]
}
