// Who holds the disruption lock, and who of the others answers. Changes nothing.
import { reasonOf } from "#shared/reason-of.ts";
import type { DesiredContainer, DisruptionRule } from "#shared/state/desired.ts";
import type { ObservedDisruption } from "#shared/state/observed.ts";
import type { Disruption } from "./disruption.ts";

/** All peers together get this long to say who is a member, or that they are well. */
export const peersDeadlineMs = 3000;

type GatherOptions = { readonly disruption: Disruption; readonly signal: AbortSignal };

/** `bound`: the containers in question; undefined when there are none. etcd's peers are not asked here. */
export async function gatherDisruption(
  rule: DisruptionRule | undefined,
  bound: readonly DesiredContainer[],
  options: GatherOptions,
): Promise<ObservedDisruption | undefined> {
  if (rule === undefined || bound.length === 0) return undefined;
  const { disruption, signal } = options;
  const [lock, answering] = await Promise.all([
    readLock(rule, options),
    Promise.all(
      bound
        .filter(({ etcd }) => etcd === undefined)
        .map(async (container) => {
          const found = await disruption.answering(container, { signal, deadlineMs: peersDeadlineMs });
          return [container.name, found] as const;
        }),
    ),
  ]);
  return {
    lock,
    answering: new Map(answering.map(([name, { names }]) => [name, names])),
    refusals: new Map(answering.map(([name, { refusals }]) => [name, refusals ?? new Map()])),
  };
}

/** A lock that does not answer is known as such, and the plan waits for it. */
async function readLock(
  rule: DisruptionRule,
  { disruption, signal }: GatherOptions,
): Promise<ObservedDisruption["lock"]> {
  try {
    return await disruption.lockOf(rule).read({ signal });
  } catch (error) {
    signal.throwIfAborted();
    return { unknown: reasonOf(error) };
  }
}
