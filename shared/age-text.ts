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

/** The largest unit alone, such as `364d`, `12m`, for a narrow column; negative time counts as `0s`. */
export function roughAgeText(ms: number): string {
  const [unit, size] = units.find(([, each]) => ms >= each) ?? ["s", 1000];
  return `${Math.max(0, Math.floor(ms / size))}${unit}`;
}
