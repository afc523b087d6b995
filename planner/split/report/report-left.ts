// What split and diff say of a host that stays in the cluster config and leaves etcd or the control plane: its agent removes what it
// was given for that, and nobody takes it back from whoever has read it.
import { rowsText } from "#shared/printable.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { LeftData } from "#planner/output/split-output.ts";
import { timeText } from "#planner/pki/certificate.ts";
import type { Held } from "#planner/split/held-by.ts";
import { heldBy } from "#planner/split/held-by.ts";
import type { HostChange } from "#planner/split/place-host.ts";
import { heldText } from "./report-gone.ts";

const parts = {
  etcd: "etcd",
  kubeApiserver: "the control plane",
  kubeControllerManager: "the control plane",
  kubeScheduler: "the control plane",
} as const;

type Left = { readonly host: string; readonly of: readonly string[]; readonly held: Held };

/** Undefined for a host that leaves neither. */
function leftOf({ host, change, old, config }: HostChange): Left | undefined {
  if (old === undefined || change === "same") return undefined;
  const gone = (Object.keys(parts) as readonly (keyof typeof parts)[]).filter(
    (part) => old[part] !== undefined && config[part] === undefined,
  );
  if (gone.length === 0) return undefined;
  return { host, of: [...new Set(gone.map((part) => parts[part]))], held: heldBy({ secrets: without(old, config) }) };
}

/** Secrets of the old config that the new one does not have; a certificate's key may have been renewed with it. */
function without(old: HostConfig, { secrets }: HostConfig): HostConfig["secrets"] {
  return Object.fromEntries(Object.entries(old.secrets).filter(([name]) => !Object.hasOwn(secrets, name)));
}

/** A line for each such host, said by the split that takes it out. */
export function leftText(hosts: readonly HostChange[], now: number): string {
  const lines = hosts.flatMap((change) => {
    const left = leftOf(change);
    const held = left === undefined ? "" : heldText(left.held, now);
    if (left === undefined || held === "") return [];
    const page = '"An etcd member or a host of the control plane was stolen" in examples/recovery/README.md';
    return [
      `warning: ${left.host} leaves ${left.of.join(" and ")}: its agent removes what it had for that, ${held}`,
      `  what was copied from ${left.host} before stays good. If somebody may have that, only a new cluster takes it back (split --new-cluster): ${page}`,
    ];
  });
  return rowsText(lines);
}

/** The same as data. */
export function leftHosts(hosts: readonly HostChange[]): readonly LeftData[] {
  return hosts.flatMap((change) => {
    const left = leftOf(change);
    if (left === undefined) return [];
    const { certificatesUntil, secrets } = left.held;
    const until = certificatesUntil === undefined ? {} : { certificatesUntil: timeText(certificatesUntil) };
    return [{ host: left.host, leaves: left.of, ...until, secrets }];
  });
}
