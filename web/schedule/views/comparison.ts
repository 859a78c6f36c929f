/** All policies on this workload and machine, side by side; the best of each column is marked, and any can be taken. */
import { bestAt, comparedColumns, type Simulation, visibleText } from '../../../src/schedule/index.ts'
import { card, type Child, element, scrolling, table } from '../../element.ts'

export interface Candidate {
  readonly name: string
  readonly title: string
  /** Runs it; what it throws is shown in its row. */
  readonly run: () => Simulation
  /** False for what is there only to be compared with. @default true */
  readonly canBeTaken?: boolean
}

interface Outcome {
  readonly candidate: Candidate
  readonly simulation: Simulation | undefined
  readonly problem: string
}

export interface ComparisonView {
  readonly node: HTMLElement
  /** Runs the candidates one after the other, without holding up the page, and forgets those that were under way. */
  compare(candidates: readonly Candidate[], chosen: string): void
}

const usualIntro =
  'Every policy with its default options, on the workload and machine above; yours with the options that you set. A star marks the best.'

/** Without `choose` none of the policies can be taken. */
export function comparisonView(choose?: (policy: string) => void, introText: string = usualIntro): ComparisonView {
  const box = element('div')
  const intro = element('p', { class: 'soft' }, introText)
  const node = card('comparison', 'Policies side by side', intro, box)
  let round = 0

  return {
    node,
    compare(candidates, chosen) {
      const mine = ++round
      const outcomes: Outcome[] = []
      const next = (): void => {
        if (mine !== round) return
        const candidate = candidates[outcomes.length]
        if (candidate === undefined) {
          box.replaceChildren(comparisonTable(outcomes, chosen, choose))
          return
        }
        outcomes.push(outcomeOf(candidate))
        setTimeout(next, 0)
      }
      setTimeout(next, 120)
    },
  }
}

function outcomeOf(candidate: Candidate): Outcome {
  try {
    return { candidate, simulation: candidate.run(), problem: '' }
  } catch (error) {
    return { candidate, simulation: undefined, problem: error instanceof Error ? error.message : String(error) }
  }
}

function comparisonTable(
  outcomes: readonly Outcome[],
  chosen: string,
  choose: ((policy: string) => void) | undefined,
): HTMLElement {
  const good = outcomes.filter((outcome) => outcome.simulation !== undefined)
  const simulations = good.flatMap(({ simulation }) => simulation ?? [])
  const best = comparedColumns.map((column) => new Set(bestAt(column, simulations)))
  const cells = (simulation: Simulation, place: number): Child[] =>
    comparedColumns.map((column, index) => {
      const text = column.textOf(column.valueOf(simulation))
      return best[index]?.has(place) === true
        ? element('strong', {}, text, element('span', { 'aria-label': 'best', role: 'img' }, ' ★'))
        : text
    })
  const rows = good.map(({ candidate, simulation }, place) =>
    [policyButton(candidate, candidate.name === chosen, choose) as Child].concat(
      simulation === undefined ? [] : cells(simulation, place),
    ),
  )
  const failed = outcomes.filter(({ simulation }) => simulation === undefined)
  const made = table('Means over all jobs', ['policy', ...comparedColumns.map(({ title }) => title)], rows)
  return element(
    'div',
    {},
    scrolling('Policies side by side', made),
    ...failed.map(({ candidate, problem }) =>
      element('p', { class: 'soft' }, `${candidate.title} does not suit this workload: ${visibleText(problem)}`),
    ),
  )
}

function policyButton(
  { name, title, canBeTaken = true }: Candidate,
  current: boolean,
  choose: ((policy: string) => void) | undefined,
): HTMLElement {
  if (choose === undefined || !canBeTaken) return element('span', {}, title)
  const button = element('button', { type: 'button', class: 'link', 'aria-pressed': current ? 'true' : 'false' }, title)
  button.addEventListener('click', () => choose(name))
  return button
}
