// The users of a split's components, unless they are others than before on hosts that keep what belonged to those.
import { FlexkubeError } from "#shared/errors.ts";
import { problemOf } from "#shared/schema/finding.ts";
import { checkOwners } from "../checks/check-owners.ts";
import type { Owners } from "../owners.ts";
import { ownersIn } from "../owners.ts";
import type { HostChange } from "../split/place-host.ts";
import type { LoadedCluster } from "./load-cluster.ts";

type Options = {
  /** By the state; else the host configs that were given out tell. */
  readonly known: Owners | undefined;
  readonly hosts: readonly HostChange[];
  readonly force: boolean;
};

/** What the state remembers from now on. Throws CONFIG_INVALID. */
export function nextOwners({ config, source }: LoadedCluster, { known, hosts, force }: Options): Owners {
  const now = ownersIn(hosts.map((host) => host.config));
  if (force) return now;
  const before = known ?? ownersIn(hosts.flatMap(({ old }) => (old === undefined ? [] : [old])));
  const problems = checkOwners(config, before, now).map((finding) => problemOf(finding, source));
  if (problems.length > 0) throw new FlexkubeError("CONFIG_INVALID", "the cluster config is not valid", { problems });
  return now;
}
