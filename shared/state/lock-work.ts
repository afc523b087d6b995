// What a host holds the disruption lock for. Ticks, care of etcd and changes of its members go on beside each other in one agent.
import { careComponent } from "./etcd-care-rule.ts";
import { membersComponent } from "./etcd-members-rule.ts";

export type LockWork = "tick" | "care" | "members";

export function workOf({ component }: { readonly component: string }): LockWork {
  if (component === careComponent) return "care";
  return component === membersComponent ? "members" : "tick";
}

/** For people: what the holder is at. */
export function workText(holder: { readonly host: string; readonly component: string }): string {
  const texts = {
    tick: `${holder.host} replaces its ${holder.component}`,
    care: `${holder.host} defragments its etcd`,
    members: `${holder.host} changes etcd's members`,
  } as const satisfies Record<LockWork, string>;
  return texts[workOf(holder)];
}
