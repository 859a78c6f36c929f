/**
 * A terminal's Ctrl-C and a service manager's signals reach every process of the group: in processes of a supervisor they do
 * nothing, as it says what is to be done. A thread gets no signals, so there it changes nothing.
 */
export function leaveSignalsToSupervisor(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const) process.on(signal, () => {})
}
