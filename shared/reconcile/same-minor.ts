// Whether two image references name versions of one minor release.

/** True for equal references and for tags such as v3.6.11 and 3.6.16-0; false when a version cannot be told. */
export function sameMinor(one: string, other: string): boolean {
  if (one === other) return true;
  const [a, b] = [minorOf(one), minorOf(other)];
  return a !== undefined && a === b;
}

function minorOf(image: string): string | undefined {
  return /:v?([0-9]+\.[0-9]+)(\.|-|$)[^/:]*(@|$)/.exec(image)?.[1];
}
