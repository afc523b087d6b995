// Versions as Go modules and npm packages have them: which of a list is the newest patch of one that is in use, and which the newest of
// all. A pre-release is nobody's newer version.

export type Pin = {
  /** Where it is pinned, from the repository's root. */
  readonly place: string;
  readonly name: string;
  readonly inUse: string;
};

export type Newer = Pin & {
  /** The newest patch of the same minor version; undefined when that is in use. */
  readonly patch?: string;
  /** The newest of all; undefined when that is in use. */
  readonly newest?: string;
};

/** What is newer than the version in use, in versions in any order and with or without a v. */
export function newer(pin: Pin, versions: readonly string[]): Newer {
  const used = numbersOf(pin.inUse);
  if (used === undefined) return pin;
  const later = versions
    .filter((version) => isRelease(version) && compare(version, pin.inUse) > 0)
    .toSorted(compare)
    .map((version) => version.replace(/^v/, ""));
  const patch = later.findLast((version) => {
    const [major, minor] = numbersOf(version) ?? [];
    return major === used[0] && minor === used[1];
  });
  const newest = later.at(-1);
  return { ...pin, ...(patch === undefined ? {} : { patch }), ...(newest === undefined ? {} : { newest }) };
}

/** The version that a go.mod requires of the module, without the v; undefined when it names none. */
export function requiredVersion(goMod: string, module: string): string | undefined {
  for (const line of goMod.split("\n")) {
    const [name, version] = line
      .replace(/^\s*require\s/, "")
      .trim()
      .split(/\s+/);
    if (name === module && version?.startsWith("v") === true) return version.slice(1);
  }
  return undefined;
}

/** One line each, in columns. */
export function tableOf(rows: readonly Newer[]): string {
  const cells = [
    ["pinned in", "name", "in use", "newest patch", "newest"],
    ...rows.map(({ place, name, inUse, patch = "-", newest = "-" }) => [place, name, inUse, patch, newest]),
  ];
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => (row[column] ?? "").length)));
  return cells
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

/** Major, minor and patch; undefined for what is no version. */
function numbersOf(version: string): readonly [number, number, number] | undefined {
  const [, major, minor, patch] = /^v?([0-9]+)\.([0-9]+)\.([0-9]+)(?:[-+].*)?$/.exec(version) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor), Number(patch)];
}

function isRelease(version: string): boolean {
  return /^v?[0-9]+\.[0-9]+\.[0-9]+(\+incompatible)?$/.test(version);
}

/** Negative when `one` is older. A pre-release is older than its release; two of one release count as equal. */
function compare(one: string, other: string): number {
  const [a, b] = [numbersOf(one) ?? [0, 0, 0], numbersOf(other) ?? [0, 0, 0]];
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2] || Number(isRelease(one)) - Number(isRelease(other));
}
