/**
 * How a clock converges, drawn from the simulation: what a hundred clocks are off by, and what they claim at most, over the first
 * minutes. A picture of docs/how-a-time-server-keeps-time.md; tools/docs.mjs writes it.
 */
const runs = 100
const seconds = 300
const [width, height] = [760, 380]
const plot = { left: 78, right: 738, top: 58, bottom: 318 }
/** Powers of ten of a second: a microsecond to ten milliseconds. */
const decades = { low: -6, high: -2 }
const decadeNames = ['1 µs', '10 µs', '100 µs', '1 ms', '10 ms']

/** The picture, and the figures that the page may quote: errors in seconds from 210 s on. */
export function clockPicture(simulateClock) {
  const all = Array.from({ length: runs }, (_, index) => simulateClock({ seed: index + 1, seconds }).moments)
  const moments = all[0].map((_, index) => all.map((each) => each[index]))
  const at = moments.map(([first]) => first.at)
  const median = moments.map((each) =>
    quantile(
      each.map(({ error }) => Math.abs(error)),
      0.5,
    ),
  )
  const worst = moments.map((each) =>
    quantile(
      each.map(({ error }) => Math.abs(error)),
      1,
    ),
  )
  const bound = moments.map((each) =>
    quantile(
      each.map((moment) => moment.bound),
      0.5,
    ),
  )
  return svg({ at, median, worst, bound })
}

function quantile(values, share) {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
}

const x = (second) => round(plot.left + (second / seconds) * (plot.right - plot.left))
function y(value) {
  const power = Math.max(decades.low, Math.min(decades.high, Math.log10(Math.max(value, 1e-12))))
  return round(plot.bottom - ((power - decades.low) / (decades.high - decades.low)) * (plot.bottom - plot.top))
}
const round = (value) => Math.round(value * 10) / 10

function svg({ at, median, worst, bound }) {
  const line = (values) => values.map((value, index) => `${x(at[index])},${y(value)}`).join(' ')
  const rows = decadeNames.map((name, index) => {
    const level = y(10 ** (decades.low + index))
    return `  <path class="grid" d="M${plot.left} ${level} H${plot.right}"/>\n  <text class="soft end" x="${plot.left - 8}" y="${level + 4}">${name}</text>`
  })
  const columns = [0, 60, 120, 180, 240, 300].map(
    (second) => `  <text class="soft mid" x="${x(second)}" y="${plot.bottom + 20}">${second} s</text>`,
  )
  const key = [
    ['bound', 'what it claims at most (median)', 78],
    ['worst', 'the worst of 100 clocks', 330],
    ['median', 'the median of 100 clocks', 532],
  ].map(([kind, text, left]) => {
    return `  <path class="${kind}" d="M${left} 36 h26"/>\n  <text x="${left + 32}" y="41">${text}</text>`
  })
  const title = 'What a clock is off by, in its first five minutes'
  return `<!-- Drawn by tools/clock-picture.mjs from the simulation. -->
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${title}">
  <title>${title}</title>
  <style>
    text { font: 13px ui-sans-serif, system-ui, "DejaVu Sans", sans-serif; fill: #1f2328; }
    .soft { fill: #59636e; font-size: 12px; }
    .mid { text-anchor: middle; }
    .end { text-anchor: end; }
    .card { fill: #ffffff; stroke: #d1d9e0; }
    .grid { stroke: #d1d9e0; }
    .goal { fill: none; stroke: #cf222e; stroke-dasharray: 6 4; }
    .median { fill: none; stroke: #0969da; stroke-width: 2; }
    .worst { fill: none; stroke: #9a6700; stroke-width: 1.5; }
    .bound { fill: none; stroke: #1a7f37; stroke-width: 2; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .soft { fill: #9198a1; }
      .card { fill: #0d1117; stroke: #3d444d; }
      .grid { stroke: #3d444d; }
      .goal { stroke: #ff7b72; }
      .median { stroke: #58a6ff; }
      .worst { stroke: #d29922; }
      .bound { stroke: #3fb950; }
    }
  </style>
  <rect class="card" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
${key.join('\n')}
${rows.join('\n')}
${columns.join('\n')}
  <path class="goal" d="M${x(210)} ${y(1e-3)} H${plot.right} M${x(210)} ${y(1e-3)} V${plot.bottom}"/>
  <text class="soft end" x="${plot.right}" y="${y(1e-3) - 6}">the goal: below 1 ms from 210 s on</text>
  <polyline class="bound" points="${line(bound)}"/>
  <polyline class="worst" points="${line(worst)}"/>
  <polyline class="median" points="${line(median)}"/>
  <text class="soft" x="${plot.left}" y="${height - 18}">Simulated: 100 µs each way and 100 µs of jitter; at the start 100 ppm fast and 0.1 s ahead.</text>
</svg>
`
}
