// The number of an option: always between limits, so that a mistyped one cannot occupy a machine for hours.

export function number(text, name, lowest, highest) {
  const value = Number(text)
  if (value >= lowest && value <= highest) return value
  throw new Error(`--${name} takes a number from ${lowest} to ${highest}, not "${text}"`)
}
