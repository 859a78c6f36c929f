/**
 * The page of a workload: simulates it with the settings of the form, and shows the run. The simulator is the library's own;
 * nothing leaves the page and nothing is loaded.
 */
import {
  momentsOf,
  type PageContent,
  policyTable,
  simulate,
  type Simulation,
  visibleText,
} from '../../src/schedule/index.ts'
import { looksOf } from './chips.ts'
import { controlsView } from './controls.ts'
import { element } from '../element.ts'
import { player } from './player.ts'
import { machineOf, type Settings, settingsOf } from './settings.ts'
import type { Run } from './view.ts'
import { chartView } from './views/chart.ts'
import { comparisonView } from './views/comparison.ts'
import { jobsView } from './views/jobs.ts'
import { momentView } from './views/moment.ts'
import { statesView } from './views/states.ts'
import { tilesView } from './views/tiles.ts'

/** Longest run that the page goes for where a workload has no end of its own, in its unit of time. */
const horizonOfEndless = 1000

/** Fills the page. Throws for a workload that makes no sense. */
export function simulatePage(page: HTMLElement, content: PageContent): void {
  const machine = withHorizon(content)
  let settings = settingsOf(content)
  let run: Run | undefined

  const problem = element('p', { class: 'problem', role: 'alert', hidden: true })
  const controls = controlsView(content, (next) => {
    settings = next
    update()
  })
  const play = player(showTime)
  const moment = momentView(() => settings.memory?.size)
  const views = [tilesView(), chartView((time) => play.goTo(time), play.node), statesView(), moment, jobsView()]
  const comparison = comparisonView((policy) => controls.choose(policy))

  function showTime(time: number, settled: boolean): void {
    if (run === undefined) return
    const now = run.moments.at(time)
    for (const view of views) view.at?.(now, run)
    if (settled) moment.announce(now, run)
  }

  function simulated(next: Settings, record: 'full' | 'summary'): Simulation {
    return simulate(content.workload, machineOf(machine, next, record))
  }

  function update(): void {
    try {
      const simulation = simulated(settings, 'full')
      run = { simulation, moments: momentsOf(simulation), looks: looksOf(simulation) }
      problem.hidden = true
    } catch (error) {
      problem.textContent = problemText(error)
      problem.hidden = false
      return
    }
    for (const view of views) view.show(run)
    play.show(run)
    const candidates = policyTable.map(({ name, title }) => ({
      name,
      title,
      run: () => simulated(name === settings.policy ? settings : { ...settings, policy: name, options: {} }, 'summary'),
    }))
    comparison.compare(candidates, settings.policy)
  }

  const [results, chart, states, momentNode, jobs] = views.map(({ node }) => node)
  page.replaceChildren(
    element('a', { class: 'skip', href: '#chart' }, 'To the chart'),
    headerOf(content),
    element(
      'div',
      { class: 'layout' },
      controls.node,
      element(
        'main',
        {},
        problem,
        ...[chart, results].flatMap((node) => node ?? []),
        element('div', { class: 'pair' }, ...[states, momentNode].flatMap((node) => node ?? [])),
        ...[jobs].flatMap((node) => node ?? []),
        comparison.node,
      ),
    ),
    element(
      'footer',
      {},
      'The simulator is in this file: nothing is loaded and nothing is sent. Times are in the unit of the workload.',
    ),
  )
  update()
}

/** A workload without an end of its own (an endless burst, a periodic job) gets one here. */
function withHorizon({ workload, machine = {} }: PageContent): NonNullable<PageContent['machine']> {
  const endless = workload.some(
    ({ period, bursts = [], threads = [] }) =>
      period !== undefined ||
      [...bursts, ...threads.flatMap((thread) => thread.bursts)].some(
        (burst) => 'cpu' in burst && burst.cpu === Infinity,
      ),
  )
  return endless && machine.horizon === undefined ? { ...machine, horizon: horizonOfEndless } : machine
}

/** What went wrong, as it may be shown. */
export function problemText(error: unknown): string {
  return visibleText(error instanceof Error ? error.message : String(error))
}

function headerOf({ title = 'A workload', description = '' }: PageContent): HTMLElement {
  document.title = `${visibleText(title)} · lanework simulate`
  return element(
    'header',
    {},
    element(
      'div',
      {},
      element('p', { class: 'brand' }, 'lanework simulate'),
      element('h1', {}, visibleText(title)),
      element('p', { class: 'lead' }, visibleText(description)),
    ),
  )
}
