/**
 * The page of a real run: the views of the simulator's page, fed by a record. While the run goes on they follow its end until the
 * reader goes back in time; the policy can be changed, jobs paused, resumed and cancelled; and the run can be kept as a file.
 */
import { inSeconds, policiesText } from '../../../src/batch/seen/picture.ts'
import { simulationOf } from '../../../src/batch/predict/simulation-of.ts'
import { policyText, timeText } from '../../../src/batch/seen/words.ts'
import type { PageStatus } from '../../../src/batch/seen/page/messages.ts'
import type { RunRecord } from '../../../src/batch/types.ts'
import { momentsOf, numberText, visibleText } from '../../../src/schedule/index.ts'
import { looksOf } from '../chips.ts'
import { element } from '../../element.ts'
import { player } from '../player.ts'
import { themeChoice } from '../theme.ts'
import type { Run } from '../view.ts'
import { chartView } from '../views/chart.ts'
import { jobsView } from '../views/jobs.ts'
import { momentView } from '../views/moment.ts'
import { statesView } from '../views/states.ts'
import { tilesView } from '../views/tiles.ts'
import { linkTo, type Link, type LinkState } from './connection.ts'
import type { RunContent } from './content.ts'
import { policyForm } from './policy-form.ts'
import { runJobs } from './run-jobs.ts'
import { saveButton } from './save.ts'
import { whatIf } from './what-if.ts'
import { windowChoice } from './window.ts'

/** Pictures come no faster than this, and leave the browser four fifths of its time. */
const leastMs = 250

const stateTexts: Readonly<Record<LinkState, string>> = {
  connecting: 'Connecting…',
  live: 'Live',
  lost: 'The connection is lost; trying again…',
  refused: 'The batch does not know this address. Open the page by the address that it prints.',
  over: 'The batch has ended. This is the whole run.',
}

/** Fills the page. */
export function runPage(page: HTMLElement, content: RunContent): void {
  const isLive = 'live' in content
  document.title = isLive ? 'Live · lanework batch' : 'A run · lanework batch'
  const lead = element('p', { class: 'lead' })
  const linkState = element('p', { class: 'link-state', role: 'status' })
  const problem = element('p', { class: 'problem', role: 'alert', hidden: true })
  const said = element('p', { class: 'unseen', role: 'status' })
  const troubles = element('ul', { class: 'troubles', hidden: true })
  let link: Link | undefined
  let record: RunRecord | undefined
  let run: Run | undefined
  let isFollowing = isLive
  let isShowing = false

  const form = isLive ? policyForm(async (choice) => (await link?.setPolicy(choice))?.message) : undefined
  const jobs = runJobs(
    isLive
      ? async (action, job) => {
          const fault = await link?.act(action, [job.id])
          tell(fault?.message)
          if (fault === undefined && action.kind === 'priority')
            said.textContent = `${visibleText(job.name)} has priority ${numberText(action.priority)} now.`
          return fault === undefined
        }
      : undefined,
  )
  const follow = element('button', { type: 'button', 'aria-pressed': 'true', hidden: !isLive }, 'Follow')
  follow.addEventListener('click', () => setFollowing(!isFollowing))
  const shown = windowChoice(isLive, () => update())
  const play = player((time, settled) => {
    if (!isShowing) setFollowing(false)
    showTime(time, settled)
  })
  play.node.append(follow)
  const moment = momentView(() => undefined)
  const views = [
    chartView((time) => play.goTo(time), play.node, shown.node),
    tilesView('What comes out, in seconds'),
    statesView(),
    moment,
    jobsView('Times in seconds; CPU is the time that it had a CPU'),
  ]
  const compared = whatIf(form === undefined ? undefined : (policy) => form.choose(policy))

  function tell(text: string | undefined): void {
    problem.textContent = text === undefined ? '' : visibleText(text)
    problem.hidden = text === undefined
  }

  function setFollowing(on: boolean): void {
    if (on === isFollowing) return
    isFollowing = on
    follow.setAttribute('aria-pressed', String(on))
    if (on) update()
  }

  function showTime(time: number, settled: boolean): void {
    if (run === undefined) return
    const now = run.moments.at(time)
    for (const view of views) view.at?.(now, run)
    if (settled) moment.announce(now, run)
  }

  function update(): void {
    if (record === undefined) return
    isShowing = true
    const simulation = inSeconds(simulationOf(record))
    run = {
      simulation,
      moments: momentsOf(simulation),
      looks: looksOf(simulation),
      window: shown.windowOf(simulation.system.makespan, (record.steps[0]?.at ?? 0) / 1_000),
    }
    for (const view of views) view.show(run)
    // At the very end nothing runs any more; just before it is what goes on.
    const { makespan } = simulation.system
    play.show(run, isFollowing ? Math.max(0, isOver(record) ? makespan : makespan - 1e-6) : undefined)
    jobs.show(record, run.looks)
    compared.show(record)
    lead.textContent = leadOf(record)
    const choice = record.policies.at(-1)?.choice
    if (choice !== undefined) form?.show(choice)
    isShowing = false
  }

  const [chart, ...others] = views.map(({ node }) => node)
  const [tiles, states, momentNode, results] = others
  page.replaceChildren(
    element('a', { class: 'skip', href: '#chart' }, 'To the chart'),
    element(
      'header',
      {},
      element(
        'div',
        {},
        element('p', { class: 'brand' }, 'lanework batch'),
        element('h1', {}, 'Real programs'),
        lead,
        linkState,
      ),
      saveButton(isLive, () => record),
    ),
    element(
      'div',
      { class: form === undefined ? 'layout alone' : 'layout' },
      ...(form === undefined ? [] : [form.node]),
      element(
        'main',
        {},
        problem,
        said,
        troubles,
        ...[chart].flatMap((node) => node ?? []),
        jobs.node,
        ...[tiles].flatMap((node) => node ?? []),
        element('div', { class: 'pair' }, ...[states, momentNode].flatMap((node) => node ?? [])),
        ...[results].flatMap((node) => node ?? []),
        compared.node,
      ),
    ),
    element(
      'footer',
      {},
      'Measured on real programs; times are in seconds. The simulator is in this page.',
      ...(form === undefined ? [themeChoice()] : []),
    ),
  )

  if ('record' in content) {
    record = content.record
    linkState.hidden = true
    update()
    return
  }
  const pace = paced(() => {
    record = link?.record() ?? record
    update()
  })
  const { at, token } = placeOf(location.hash)
  link = linkTo(`ws://${location.host}${at}`, token, {
    grew: () => pace.ask(),
    status: showStatus,
    state(state) {
      linkState.textContent = stateTexts[state]
      linkState.dataset['state'] = state
      pace.repeat(state === 'live')
    },
  })

  function showStatus({ troubles: list, overheadMs, startedAt }: PageStatus): void {
    troubles.hidden = list.length === 0
    troubles.replaceChildren(...list.map((text) => element('li', {}, visibleText(text))))
    const share = overheadMs / Math.max(1, Date.now() - startedAt)
    linkState.title = `Scheduling has taken ${timeText(overheadMs)} of CPU time, ${(share * 100).toFixed(2)} % of one CPU`
  }
}

/** Does it soon, but not too often; and once a second while time passes. */
function paced(work: () => void): { ask(): void; repeat(on: boolean): void } {
  let timer: ReturnType<typeof setTimeout> | undefined
  let restUntil = 0
  let beat: ReturnType<typeof setInterval> | undefined
  const ask = (): void => {
    timer ??= setTimeout(
      () => {
        timer = undefined
        const begin = performance.now()
        work()
        const end = performance.now()
        restUntil = end + Math.max(leastMs, (end - begin) * 4)
      },
      Math.max(0, restUntil - performance.now()),
    )
  }
  return {
    ask,
    repeat(on) {
      clearInterval(beat)
      if (on) beat = setInterval(ask, 1_000)
    },
  }
}

function isOver({ jobs }: RunRecord): boolean {
  return jobs.every(({ state }) => state === 'ended')
}

function leadOf(record: RunRecord): string {
  const { cpus, until, policies } = record
  const policy = !isOver(record) ? policyText(policies.at(-1)?.choice ?? { name: 'rr' }) : policiesText(record)
  const where = cpus.length === 1 ? `CPU ${cpus[0]}` : `${cpus.length} CPUs`
  return visibleText(`${policy} · ${where} · ${timeText(until)} since the start`)
}

/** What the address says after its #: where the WebSocket is, and the token. */
function placeOf(hash: string): { readonly at: string; readonly token: string } {
  const words = new URLSearchParams(hash.slice(1))
  const at = words.get('at') ?? '/batch'
  return { at: at.startsWith('/') ? at : '/batch', token: words.get('token') ?? '' }
}
