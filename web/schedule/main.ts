/**
 * The page: shows what was put into it. A workload is simulated here; a run that was recorded is shown; where the server of a
 * batch sent the page, it shows the run that goes on there.
 */
import { type PageContent, pageContent } from '../../src/schedule/index.ts'
import { element } from '../element.ts'
import { demo } from './demo.ts'
import { runPage } from './run/run-page.ts'
import type { RunContent } from './run/content.ts'
import { problemText, simulatePage } from './simulate-page.ts'

function start(page: HTMLElement, content: PageContent | RunContent | undefined): void {
  if (content === undefined) simulatePage(page, demo)
  else if ('workload' in content) simulatePage(page, content)
  else runPage(page, content)
}

const page = document.getElementById('page')
const given = document.getElementById('content')?.textContent ?? 'null'
if (page !== null) {
  try {
    start(page, pageContent(given) as PageContent | RunContent | undefined)
  } catch (error) {
    page.replaceChildren(element('p', { class: 'problem', role: 'alert' }, problemText(error)))
  }
}
