// docs/measures.md: what a server counts, from the declaration that it counts by.

const roles = [
  ['message', 'handled'],
  ['drop', 'dropped'],
  ['connection', 'arrival'],
  ['end', 'end'],
  ['other', ''],
]

export function measuresPage({ listenerMeasures, listenerGauges, laneGauges, listenerHistograms }, markdownTable) {
  const roleNames = Object.fromEntries(roles)
  const listed = (texts) => Object.entries(texts).map(([name, text]) => [`\`${name}\``, text])
  return [
    '# What a server counts\n\n',
    'Lanes write these into memory that they share, each into a part of its own, so they can be read while a lane is blocked, and ',
    'stay when it dies. `server.status()` has them by listener, over all lanes.\n\n',
    'Every datagram that was sent to a server is in exactly one count: those of the kernel (`kernelDrops`), `messages`, or one that is ',
    'marked as dropped. Every connection is in one marked as arrival.\n\n',
    '## Counters of a listener\n\n',
    markdownTable(
      ['name', 'account', 'what it counts'],
      Object.entries(listenerMeasures).map(([name, { role, text }]) => [`\`${name}\``, roleNames[role], text]),
    ),
    '\nA service may have counters of its own, 32 at most (`counters` of its definition); `server.status().counters` has them.\n',
    '\n## Gauges of a listener\n\n',
    markdownTable(['name', 'what it is'], listed(listenerGauges)),
    '\n## Gauges of a lane\n\nWritten every 100 ms; those of a dead lane are taken back.\n\n',
    markdownTable(['name', 'what it is'], listed(laneGauges)),
    '\n## Histograms of a listener\n\nLog-linear: a quantile is at most 6.25 % too high. `status()` has them by lane, by listener, and of all together.\n\n',
    markdownTable(['name', 'what it is'], listed(listenerHistograms)),
  ].join('')
}
