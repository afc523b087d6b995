// When certificates end, the next one first: bars on one scale of time. Pure.
import { dayMs } from "#shared/duration.ts";
import { roughAgeText } from "#shared/age-text.ts";
import { markup } from "./markup.ts";
import type { Markup } from "./markup.ts";

/** `end` in milliseconds since 1970. */
export type CertificateEnd = { readonly name: string; readonly end: number };

/** The second is when tables warn; before the first there is no time left to plan. */
const soon = { bad: 7 * dayMs, wait: 30 * dayMs };
/** Bars are no longer than this, so that a year and a week can be told apart. */
const leastSpan = 30 * dayMs;

/** Undefined when there are none. Widths are attributes of shapes, since the policy of a page forbids styles of elements. */
export function certificateBars(ends: readonly CertificateEnd[], now: number): Markup | undefined {
  if (ends.length === 0) return undefined;
  const sorted = ends
    .map(({ name, end }) => ({ name, left: end - now }))
    .toSorted((one, other) => one.left - other.left);
  const span = Math.max(leastSpan, ...sorted.map(({ left }) => left));
  const bars = sorted.map(({ name, left }) => {
    const kind = left < soon.bad ? "bad" : left < soon.wait ? "wait" : "good";
    const share = Math.max(0.5, Math.round((Math.max(0, left) / span) * 1000) / 10);
    const word = left <= 0 ? "ENDED" : roughAgeText(left);
    return markup`<li><span>${name}</span><svg class="track ${kind}" aria-hidden="true"><rect width="${share}%" height="100%"/></svg><span class="${kind}">${word}</span></li>`;
  });
  return markup`<ul class="bars">${bars}</ul>`;
}
