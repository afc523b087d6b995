// The name under which a file that replaces another is delivered before it is renamed.

const suffix = ".flexkube-new";

/** `/a/b` → `/a/.b.flexkube-new`; always the same, so that a leftover is found without a memory. */
export function temporaryName(path: string): string {
  const slash = path.lastIndexOf("/");
  return `${path.slice(0, slash + 1)}.${path.slice(slash + 1)}${suffix}`;
}

/** True for a base name that only an interrupted commit leaves behind. */
export function isTemporaryName(base: string): boolean {
  return base.startsWith(".") && base.endsWith(suffix);
}
