// What simulated steps leave open: a plan counts on a container that it starts, a report must not before its probe has held. Pure.
import type { ObservedState } from "#shared/state/observed.ts";
import type { Step } from "#shared/state/step.ts";

/** The state after these steps, where what they started is healthy only once it was waited for. */
export function withoutUnproven(observed: ObservedState, done: readonly Step[]): ObservedState {
  const open = new Set<string>();
  for (const { kind, subject } of done) {
    if (kind === "startContainer") open.add(subject);
    if (kind === "waitHealthy") open.delete(subject);
  }
  if (open.size === 0) return observed;
  const pairs = <Value>(value: Value) => [...open].map((name) => [name, value] as const);
  return {
    ...observed,
    health: new Map([...observed.health, ...pairs(false)]),
    ailments: new Map([...(observed.ailments ?? []), ...pairs("it was started, and its probe has not held yet")]),
  };
}
