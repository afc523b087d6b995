// Minor releases as the tags of image references tell them.

/** True for equal references and for tags such as v3.6.11 and 3.6.16-0; false when a version cannot be told. */
export function sameMinor(one: string, other: string): boolean {
  if (one === other) return true;
  const [a, b] = [minorOf(one), minorOf(other)];
  return a !== undefined && a === b;
}

/** Such as `1.36`; undefined when the reference tells no version. */
export function minorOf(image: string): string | undefined {
  return /:v?([0-9]+\.[0-9]+)(\.|-|$)[^/:]*(@|$)/.exec(image)?.[1];
}

/** True when the minor release `one` came before `other`; both as `minorOf` tells them. */
export function isOlderMinor(one: string, other: string): boolean {
  const [[a = 0, b = 0], [c = 0, d = 0]] = [numbers(one), numbers(other)];
  return a === c ? b < d : a < c;
}

/** True when the minor release `next` comes right after `one`. */
export function isNextMinor(one: string, next: string): boolean {
  const [[a, b = 0], [c, d = 0]] = [numbers(one), numbers(next)];
  return a === c && d === b + 1;
}

function numbers(minor: string): readonly number[] {
  return minor.split(".").map(Number);
}
