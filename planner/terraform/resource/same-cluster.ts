// Whether what was found is the cluster that the state tells of: no second CA comes about by accident, and no host gets an older config.
import { ownValue } from "#shared/own-value.ts";
import { pemBlocks } from "#shared/pem.ts";
import type { Diagnostic } from "#planner/terraform/wire/diagnostics.ts";
import { errorAt } from "#planner/terraform/wire/diagnostics.ts";
import { unknown } from "#planner/terraform/wire/value.ts";
import type { ClusterRow } from "./cluster-attributes.ts";
import type { ClusterResult } from "./cluster-result.ts";

type Known = Pick<ClusterRow, "ca_certificates" | "generations">;

/** `keys` is the attribute that says where keys lie. */
export function otherCluster(
  { cas, hosts }: Pick<ClusterResult, "cas" | "hosts">,
  known: Known,
  keys: string,
): readonly Diagnostic[] {
  const certificates = known.ca_certificates === unknown ? null : known.ca_certificates;
  const others = cas.filter(({ id, certificate }) => {
    const before = ownValue(certificates ?? undefined, id);
    return before !== undefined && !haveCommon(before, certificate);
  });
  const generations = known.generations === unknown ? null : known.generations;
  const older = hosts.filter(({ host, generation }) => generation < (ownValue(generations ?? undefined, host) ?? 0));
  return [
    ...others.map(({ id }) =>
      errorAt(
        keys,
        `the CA ${id} is another one than the state knows`,
        "Nothing was made or changed. Put back the keys that belong to this state, from a backup or from where they were before. To begin a new cluster, take this one out of the state first (state rm).",
      ),
    ),
    ...older.map(({ host, generation }) =>
      errorAt(
        keys,
        `what the planner remembers is older than the state: ${host} would get generation ${generation} after ${ownValue(generations ?? undefined, host)}`,
        "Its agent refuses that. Put back a newer copy of pki/ and hosts/.",
      ),
    ),
  ];
}

/** A CA of the user's own is handed over with both certificates in its file. */
function haveCommon(before: string, now: string): boolean {
  const known = new Set(pemBlocks(before).map(({ text }) => text));
  return pemBlocks(now).some(({ text }) => known.has(text));
}
