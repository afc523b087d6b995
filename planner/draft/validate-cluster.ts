// Everything that can be wrong with a cluster config that its schema accepts, and the hosts' drafts when nothing is.
import type { Problem } from "#shared/errors.ts";
import { firstByPlace } from "#shared/document/cap-problems.ts";
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { Finding } from "#shared/document/finding.ts";
import type { EtcdState, KubernetesState } from "#shared/schema/planner-state.ts";
import { problemOf } from "#shared/document/finding.ts";
import { formatPath } from "#shared/document/path.ts";
import type { Source } from "#shared/document/source.ts";
import { checkArguments } from "#planner/checks/check-arguments.ts";
import { checkLeaders } from "#planner/checks/check-leaders.ts";
import { checkDocuments } from "#planner/checks/check-documents.ts";
import { checkEtcd } from "#planner/checks/check-etcd.ts";
import type { EtcdStep } from "#planner/checks/check-etcd-step.ts";
import { checkEtcdStep } from "#planner/checks/check-etcd-step.ts";
import { checkMembersStep } from "#planner/checks/check-members-step.ts";
import type { Replacing } from "#planner/checks/check-replacing.ts";
import { checkProvenEtcd, checkProvenKubernetes } from "#planner/checks/check-proven-step.ts";
import type { Fleet } from "#planner/fleet/fleet.ts";
import { checkReplacing } from "#planner/checks/check-replacing.ts";
import type { Restoring } from "#planner/checks/check-restore.ts";
import { checkRestore } from "#planner/checks/check-restore.ts";
import { checkEntrypoints } from "#planner/checks/check-entrypoints.ts";
import { checkEtcdFlags } from "#planner/checks/check-etcd-flags.ts";
import { checkFrozenNetwork } from "#planner/checks/check-frozen-network.ts";
import { checkHosts, warnOfHosts } from "#planner/checks/check-hosts.ts";
import type { Input } from "#planner/checks/check-inputs.ts";
import { checkInputs } from "#planner/checks/check-inputs.ts";
import { checkKubernetes } from "#planner/checks/check-kubernetes.ts";
import { checkManifests } from "#planner/checks/check-manifests.ts";
import { checkNetworkPolicies } from "#planner/checks/check-network-policies.ts";
import { checkNetwork, warnOfNetwork } from "#planner/checks/check-network.ts";
import { checkNodes } from "#planner/checks/check-nodes.ts";
import { checkOwnPki } from "#planner/checks/check-own-pki.ts";
import { checkPki } from "#planner/checks/check-pki.ts";
import { checkSelections } from "#planner/checks/check-selections.ts";
import { checkSkew } from "#planner/checks/check-skew.ts";
import { checkUsers } from "#planner/checks/check-users.ts";
import { checkVersionStep, versionStepWarnings } from "#planner/checks/check-version-step.ts";
import type { Cluster, Decided } from "#planner/cluster/cluster.ts";
import { clusterOf } from "#planner/cluster/cluster.ts";
import type { Pins } from "#planner/pins/pins.ts";
import { checkPins } from "./cluster-images.ts";
import { clusterPath } from "./cluster-path.ts";
import type { HostDraft } from "./host-draft.ts";
import { draftHost } from "./host-draft.ts";
import type { Users } from "#planner/cluster/users.ts";
import { isReservedSecret } from "#planner/cluster/user-secrets.ts";

export type ValidateOptions = Decided & {
  readonly source: Source;
  readonly inputs: ReadonlyMap<string, Input>;
  readonly bootstrapped: boolean;
  /** Whom components ran as before; unset where that is not known or the cluster is new. */
  readonly users?: Users | undefined;
  /** Of splits before, where that is known. */
  readonly state?: KubernetesState | undefined;
  /** etcd as splits before left it, where that is known. */
  readonly etcd?: EtcdState | undefined;
  /** Members that somebody says have lost their data. */
  readonly replacing?: Replacing | undefined;
  /** etcd is restored from a snapshot with this config. */
  readonly restoring?: Restoring | undefined;
  /** etcd may be any, whatever it was before. */
  readonly forceEtcd?: boolean;
  /** The network may differ from that of splits before. */
  readonly forceNetwork?: boolean;
  /** The version of Kubernetes may be any, whatever it was before. */
  readonly forceVersion?: boolean;
  /** Digests of images; undefined where none are kept. */
  readonly pins?: Pins | undefined;
  /** What hosts are proven to have; undefined where nobody was asked. */
  readonly fleet?: Fleet | undefined;
  /** Epoch milliseconds, by which certificates of the user are judged. */
  readonly now: number;
  readonly onProgress: (done: number, total: number) => void;
};

export type ValidatedCluster = {
  readonly cluster: Cluster;
  /** In the order of the cluster config; complete only when there are no problems. */
  readonly drafts: readonly HostDraft[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
};

type OnHosts = { readonly finding: Finding; readonly hosts: string[] };

function resolved(config: ClusterConfig, options: ValidateOptions): Cluster {
  const { inputs, replacing, ...known } = options;
  const texts = [...inputs].flatMap(([file, input]) => ("text" in input ? [[file, input.text] as const] : []));
  return clusterOf(config, { ...known, inputs: new Map(texts), replaced: replacing?.names });
}

/** From what etcd was before. */
function stepOf(cluster: Cluster, { etcd, restoring }: ValidateOptions): EtcdStep {
  if (restoring !== undefined) return checkRestore(cluster, etcd, restoring);
  return cluster.membership.isOn ? checkMembersStep(cluster, etcd) : checkEtcdStep(cluster, etcd);
}

/** All problems and warnings, in the order of the source. */
export function validateCluster(config: ClusterConfig, options: ValidateOptions): ValidatedCluster {
  const { source, state } = options;
  const cluster = resolved(config, options);
  const etcd = checkEtcd(cluster);
  const step = stepOf(cluster, options);
  const programs = [checkEtcdFlags(cluster), checkArguments(cluster), checkDocuments(cluster)];
  const skew = checkSkew(cluster);
  const hosts = checkEachHost(cluster, options.onProgress);
  const problems = [
    ...checkHosts(config),
    ...checkSelections(cluster),
    ...checkPki(config),
    ...checkInputs(config, options.inputs),
    ...etcd.problems,
    ...checkReplacing(cluster, options.etcd, options.replacing),
    ...(options.forceEtcd === true ? [] : [...step.problems, ...checkProvenEtcd(cluster, options.etcd, options.fleet)]),
    ...programs.flatMap((found) => found.problems),
    ...checkEntrypoints(config),
    ...checkOwnPki(cluster, options.now),
    ...checkKubernetes(cluster),
    ...checkLeaders(cluster),
    ...checkNetwork(cluster),
    ...(options.forceNetwork === true ? [] : checkFrozenNetwork(config, state)),
    ...skew.problems,
    ...(options.forceVersion === true ? [] : versionSteps(cluster, options)),
    ...checkNodes(config),
    ...checkManifests(cluster),
    ...hosts.problems,
  ];
  const warnings = [
    ...warnOfHosts(config),
    ...warnOfNetwork(cluster),
    ...etcd.warnings,
    ...step.warnings,
    ...programs.flatMap((found) => found.warnings),
    ...skew.warnings,
    ...(options.fleet === undefined ? versionStepWarnings(cluster, state) : []),
    ...checkUsers(cluster),
    ...checkNetworkPolicies(cluster),
    ...hosts.warnings,
    ...unusedSecrets(config, hosts.drafts),
    ...checkPins(cluster, hosts.drafts),
  ];
  return {
    cluster,
    drafts: hosts.drafts,
    problems: placed(problems, source),
    warnings: placed(warnings, source),
  };
}

function versionSteps(cluster: Cluster, { state, fleet }: ValidateOptions): readonly Finding[] {
  return [...checkVersionStep(cluster, state), ...checkProvenKubernetes(cluster, state, fleet)];
}

function placed(findings: readonly Finding[], source: Source): readonly Problem[] {
  const problems = findings.map((finding) => problemOf(finding, source));
  return firstByPlace(problems, source.file);
}

function checkEachHost(cluster: Cluster, onProgress: ValidateOptions["onProgress"]) {
  const names = Object.keys(cluster.config.hosts);
  const drafts: HostDraft[] = [];
  const problems = new Map<string, OnHosts>();
  const warnings = new Map<string, OnHosts>();
  for (const [index, host] of names.entries()) {
    const drafted = draftHost(cluster, host);
    if (drafted.draft !== undefined) drafts.push(drafted.draft);
    gather(problems, cluster, host, drafted.problems);
    gather(warnings, cluster, host, drafted.warnings);
    onProgress(index + 1, names.length);
  }
  return { drafts, problems: summed(problems), warnings: summed(warnings) };
}

/** The same finding on many hosts is told once. */
function gather(into: Map<string, OnHosts>, { config }: Cluster, host: string, findings: readonly Finding[]): void {
  for (const found of findings) {
    const path = clusterPath(config, host, found.path);
    const key = `${formatPath(path)} ${found.problem}`;
    const known = into.get(key);
    if (known === undefined) into.set(key, { finding: { ...found, path }, hosts: [host] });
    else known.hosts.push(host);
  }
}

function summed(findings: ReadonlyMap<string, OnHosts>): readonly Finding[] {
  return [...findings.values()].map(({ finding, hosts }) => {
    const shown =
      hosts.length <= 3 ? hosts.join(", ") : `${hosts.slice(0, 2).join(", ")} and ${hosts.length - 2} more hosts`;
    return { ...finding, problem: `${finding.problem}, on ${shown}` };
  });
}

function unusedSecrets(config: ClusterConfig, drafts: readonly HostDraft[]): readonly Finding[] {
  const used = new Set(drafts.flatMap(({ secrets }) => Object.keys(secrets)));
  return Object.keys(config.secrets)
    .filter((name) => !used.has(name) && !isReservedSecret(name))
    .map((name) => ({ path: ["secrets", name], at: "key", problem: "no host uses this secret" }));
}
