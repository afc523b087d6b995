// Lengths of time for people.

const units = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
] as const;

/** The two largest units, such as `2d3h`, `5m0s`, `12s`; negative time counts as `0s`. */
export function ageText(ms: number): string {
  const first = units.findIndex(([, size]) => ms >= size);
  if (first === -1) return "0s";
  let rest = ms;
  return units
    .slice(first, first + 2)
    .map(([unit, size]) => {
      const amount = Math.floor(rest / size);
      rest -= amount * size;
      return `${amount}${unit}`;
    })
    .join("");
}
