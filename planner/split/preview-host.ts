// What the agent of a host will do with a new host config when the host is as the old one asked.
import { expand } from "#shared/expand/expand.ts";
import { printPlan } from "#shared/reconcile/print.ts";
import { reconcile } from "#shared/reconcile/reconcile.ts";
import { emptyState, settledState } from "#shared/reconcile/settled-state.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";

/** The plan's lines; without an old config the host is taken for empty. `now` is in epoch milliseconds. */
export function previewHost(config: HostConfig, old: HostConfig | undefined, now: number): readonly string[] {
  const observed = old === undefined ? emptyState(now) : settledState(expand(old), now);
  return printPlan(reconcile({ desired: expand(config) }, observed)).trimEnd().split("\n");
}
