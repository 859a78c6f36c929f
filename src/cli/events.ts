/** What an operator must know of a running server goes to stderr, one line each. */
import type { Server } from '../server/index.ts'
import { escapeControls, remark } from './output.ts'

const line = (text: string): void => remark(`lanework: ${escapeControls(text).replace(/\n/g, ' ')}`)

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

export function reportEvents(server: Server): void {
  reportLanes(server)
  // The first of a kind only, so that a flood stays quiet.
  const seen = new Set<string>()
  const once = (kind: string, text: string): void => {
    if (seen.has(kind)) return
    seen.add(kind)
    remark(`lanework: ${escapeControls(text)} (said once; counted from now on)`)
  }
  server.on('handlerError', ({ error }) => once('handlerError', `the handler failed: ${textOf(error)}`))
  server.on('acceptPaused', ({ error, retryMs }) =>
    once('acceptPaused', `${error.message} Accepting goes on in ${retryMs} ms.`),
  )
  server.on('connectionRefused', ({ reason }) => {
    const why = reason === 'overloaded' ? 'its lane turns work away' : `limits.${reason} is reached`
    once(reason, `a connection was refused: ${why}`)
  })
  server.on('snapshotError', ({ lane, error }) =>
    once('snapshotError', `a listener for snapshots failed in lane ${lane}: ${textOf(error)}`),
  )
}

/** What happens to lanes is said each time: the supervisor restarts no faster than its back-off. */
function reportLanes(server: Server): void {
  server.on('laneStarted', ({ lane, pid, generation }) =>
    line(`lane ${lane} serves (pid ${pid}, generation ${generation})`),
  )
  server.on('laneEnded', ({ lane, pid, reason, error, restartMs }) => {
    const next =
      restartMs === undefined ? 'it is not started again' : `its successor starts in ${Math.round(restartMs)} ms`
    // One that stood by has no number yet.
    const which = lane < 0 ? 'a lane that stood by' : `lane ${lane}`
    line(`${which} (pid ${pid}) ended, ${reason}: ${error.message.replace(/\.$/, '')}; ${next}`)
  })
  server.on('laneBlocked', ({ lane, pid }) => line(`lane ${lane} (pid ${pid}) is blocked: its event loop stands still`))
  server.on('shedding', ({ lane, overloaded, reasons }) =>
    line(overloaded ? `lane ${lane} turns work away: ${reasons.join(', ')}` : `lane ${lane} takes all work again`),
  )
  server.on('reloaded', ({ generation, lanes, tookMs }) =>
    line(`reloaded: generation ${generation} serves with ${lanes} lanes after ${Math.round(tookMs)} ms`),
  )
  server.on('gaveUp', ({ error }) => line(`gave up: ${error.message}`))
}
