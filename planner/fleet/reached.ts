// Whether hosts have come to where a next step may begin, by what is proven of them. Pure.
import { etcdVersionOf } from "#planner/cluster/versions/etcd-version.ts";
import { kubernetesVersionOf } from "#planner/cluster/versions/kubernetes-version.ts";
import type { Finding } from "./finding.ts";
import type { Fleet } from "./fleet.ts";
import { reportLine } from "./report-line.ts";

/**
 * `up`: each has the host config that the last split made, and is as it says. `etcd`, `kubernetes`: what runs there is of this minor version
 * at least, however else it is with the host.
 */
export type Requirement =
  | { readonly kind: "up" }
  | { readonly kind: "etcd"; readonly minor: number }
  | { readonly kind: "kubernetes"; readonly minor: number };

export type Missing = { readonly host: string; readonly why: string; readonly hint: string };
export type Reached = { readonly ok: true } | { readonly ok: false; readonly missing: readonly Missing[] };

/** Of a host that is proven: certificates that end are no reason why it is not up, and it was when it said so in etcd. */
const saysUp: ReadonlySet<Finding["kind"]> = new Set(["certificates", "no-report"]);

/** What is not proven is missing, whatever it says: nothing, an old report, one that was changed, one of another host config. */
export function reached(
  hosts: Iterable<string>,
  fleet: Pick<Fleet, "hosts" | "findings">,
  requirement: Requirement,
): Reached {
  const missing = [...hosts].flatMap((host) => missingAt(host, fleet, requirement) ?? []);
  return missing.length === 0 ? { ok: true } : { ok: false, missing };
}

function missingAt(
  host: string,
  { hosts, findings }: Pick<Fleet, "hosts" | "findings">,
  requirement: Requirement,
): Missing | undefined {
  const row = hosts.find((each) => each.host === host);
  const finding = findings.find((each) => each.host === host);
  const carry = `on ${host}: ${reportLine}`;
  if (row?.words === undefined || !row.isProven)
    return { host, why: finding?.what ?? "nothing is known of it", hint: finding?.hint ?? carry };
  if (requirement.kind === "up") {
    if (finding !== undefined && !saysUp.has(finding.kind)) return { host, why: finding.what, hint: finding.hint };
    if (row.words.etcd !== "learner") return undefined;
    return { host, why: "its etcd member has no vote yet", hint: `wait, then ${carry}` };
  }
  const { etcd, kubernetes } = row.words.versions;
  const [text, version] =
    requirement.kind === "etcd" ? [etcd, etcdVersionOf(etcd)] : [kubernetes, kubernetesVersionOf(kubernetes)];
  const wanted = `${requirement.kind === "etcd" ? "3" : "1"}.${requirement.minor}`;
  if (version === undefined)
    return { host, why: `which ${requirement.kind} runs there is not told (${text || "no tag"})`, hint: carry };
  if (version.minor >= requirement.minor) return undefined;
  return {
    host,
    why: `it still runs ${requirement.kind} ${text}`,
    hint: `wait until ${wanted} runs there, then ${carry}`,
  };
}
