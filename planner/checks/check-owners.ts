// Whom the programs of a host run as: two of them as one user, or as one whom others may be, reads the other's keys and data.
import type { MapsWith, SectionsWith } from "#shared/components/component.ts";
import { partsAt } from "#shared/components/component.ts";
import type { Finding } from "#shared/document/finding.ts";
import type { Path } from "#shared/document/path.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { isOfBlock } from "#planner/cluster/users.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import type { MergedFindings } from "./check-merged.ts";

const nobody = 65534;
/** What is handed out to people, services, user namespaces of people and of pods, and by SSSD. */
const others = { distributions: 65_535, namespaces: 2_000_200_000 } as const;

type Runs = { readonly path: Path; readonly kind: string; readonly uid: number };

/** Paths are those of the host config. A cluster that began with nobody is told so as a whole, as its block of users is. */
export function checkOwners(config: HostConfig, cluster: Cluster): MergedFindings {
  const judged = runsOf(config).filter(({ uid }) => cluster.users !== "nobody" || uid !== nobody);
  const shared = judged.flatMap((each, index): readonly Finding[] => {
    const other = judged.slice(0, index).find(({ uid, kind }) => uid === each.uid && kind !== each.kind);
    if (other === undefined) return [];
    const problem = `user ${each.uid} is whom ${other.kind} runs as too: each would read the other's keys and data`;
    return [{ path: each.path, problem, hint: "give each a user of its own, or take the line away" }];
  });
  const isRefused = new Set(shared.map(({ path }) => path));
  const warnings = judged.flatMap(({ path, uid }): readonly Finding[] => {
    const whose = isRefused.has(path) || isOfBlock(cluster.config, uid) ? undefined : whoseIs(uid);
    const hint = "take the line away, and a user that nothing else on a host has is chosen";
    return whose === undefined
      ? []
      : [{ path, problem: `${uid} ${whose}: whoever is so too reads its keys and data`, hint }];
  });
  return { problems: shared, warnings };
}

type Run = { readonly uid?: number | undefined };

function runsOf(config: HostConfig): readonly Runs[] {
  const { etcd, kubeApiserver, kubeControllerManager, kubeScheduler, clusterObjects, apiLoadBalancers } = config;
  const sections: { readonly [Name in SectionsWith<"uid">]: Run | undefined } = {
    etcd,
    kubeApiserver,
    kubeControllerManager,
    kubeScheduler,
    clusterObjects,
  };
  const maps: { readonly [Name in MapsWith<"uid">]: Readonly<Record<string, Run>> } = { apiLoadBalancers };
  return partsAt(sections, maps).flatMap(({ path, part: { uid } }) => {
    const [kind] = path;
    return uid === undefined ? [] : [{ path: [...path, "uid"], kind, uid }];
  });
}

/** Who else may be that user; undefined for one that nothing hands out. */
export function whoseIs(uid: number): string | undefined {
  if (uid === 0) return "is root";
  if (uid === nobody) return "is nobody";
  if (uid <= others.distributions) return "is among the users that distributions hand out";
  if (uid <= others.namespaces) return "is among the users that user namespaces and directory services hand out";
  return undefined;
}
