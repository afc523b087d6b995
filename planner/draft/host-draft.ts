// One host's config as all components make it: static defaults written out, kept secrets still unresolved.
import { hashKeyName } from "#shared/expand/pieces/secret-store.ts";
import { secretReferences } from "#shared/checks/check-secrets.ts";
import type { Finding } from "#shared/document/finding.ts";
import { findingsOfIssue } from "#shared/document/findings-of-issue.ts";
import { apiVersion, HostConfig } from "#shared/schema/host-config.ts";
import { validateHostConfig } from "#shared/checks/validate-host-config.ts";
import { checkMerged } from "#planner/checks/check-merged.ts";
import { checkOwners } from "#planner/checks/check-owners.ts";
import { checkTogether } from "#planner/checks/check-together.ts";
import { checkHardening } from "#planner/hardening/check-hardening.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { withPins } from "#planner/pins/pins.ts";
import { components } from "./all-components.ts";
import { ownField } from "./fragment/etcd-secrets.ts";
import type { Fragment, SecretOrigin } from "./fragment/fragment.ts";
import { isChartSecret } from "./components/kubernetes/cluster-objects.ts";
import { ownEtcdClientField } from "./fragment/etcd-client.ts";
import type { KeyRequest } from "#planner/pki/prepare-keys.ts";
import type { CaRequest, CertificateRequest } from "#planner/pki/types.ts";
import { isReservedSecret, userSecret } from "#planner/cluster/user-secrets.ts";
import { ownValue } from "#shared/own-value.ts";

export type HostDraft = {
  readonly host: string;
  /** Without generation; `secrets` is empty. */
  readonly config: HostConfig;
  /** All secrets of the host but its hash key, by name. */
  readonly secrets: Readonly<Record<string, SecretOrigin>>;
  readonly cas: readonly CaRequest[];
  readonly certificates: readonly CertificateRequest[];
  readonly keys: readonly KeyRequest[];
};

/** Paths of the findings are those of the host config. */
export type DraftedHost = {
  readonly draft: HostDraft | undefined;
  readonly problems: readonly Finding[];
  readonly warnings: readonly Finding[];
};

/** Makes and checks the config of one host of the cluster. */
export function draftHost(cluster: Cluster, host: string): DraftedHost {
  const fragments = Object.values(components)
    .map((component) => component(cluster, host))
    .filter((fragment) => fragment !== undefined);
  const raw = sectionsOf(cluster, host, fragments);
  const parsed = HostConfig.safeParse(raw);
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap((issue) => findingsOfIssue(issue, { raw, schema: HostConfig }));
    return { draft: undefined, problems, warnings: [] };
  }
  const config = withPins(withNodes(parsed.data, fragments), cluster.pins);
  const secrets = secretsOf(cluster, config, fragments);
  const given = Object.entries(secrets).flatMap(([name, origin]) =>
    origin.from === "given" && origin.value !== "" && !isCheckedElsewhere(name) ? [[name, origin.value] as const] : [],
  );
  const known = knownSecrets(cluster, config, secrets);
  const findings = validateHostConfig({ ...config, secrets: Object.fromEntries(given) }, known);
  const cas = fragments.flatMap((fragment) => fragment.cas);
  const certificates = fragments.flatMap((fragment) => fragment.certificates);
  const keys = fragments.flatMap((fragment) => fragment.keys ?? []);
  const merged = checkMerged(config);
  const owners = checkOwners(config, cluster);
  const hardening =
    cluster.config.hardening === "cis" ? checkHardening(config) : ({ problems: [], warnings: [] } as const);
  return {
    draft: { host, config, secrets, cas, certificates, keys },
    problems: [
      ...findings.problems,
      ...merged.problems,
      ...owners.problems,
      ...hardening.problems,
      ...checkTogether(config, cluster.kubernetes?.version.minor),
    ],
    warnings: [...findings.warnings, ...merged.warnings, ...owners.warnings, ...hardening.warnings],
  };
}

/** Those of the host and of the user: all of them, to be suggested, only where one is missing, for there may be as many as hosts. */
function knownSecrets(cluster: Cluster, config: HostConfig, secrets: HostDraft["secrets"]): ReadonlySet<string> {
  const given = cluster.config.secrets;
  const named = secretReferences(config).map(({ name }) => name);
  const isKnown = (name: string): boolean =>
    Object.hasOwn(secrets, name) || (Object.hasOwn(given, name) && !isReservedSecret(name));
  if (named.every(isKnown)) return new Set([...Object.keys(secrets), ...named]);
  return new Set([...Object.keys(secrets), ...Object.keys(given).filter((name) => !isReservedSecret(name))]);
}

function withNodes(config: HostConfig, fragments: readonly Fragment[]): HostConfig {
  const nodes = fragments.find(({ nodeTable }) => nodeTable !== undefined)?.nodeTable;
  const { podNetwork } = config;
  if (nodes === undefined || podNetwork === undefined) return config;
  return { ...config, podNetwork: { ...podNetwork, nodes } };
}

/** What is checked as a file: certificates of the user's own PKI, and charts. */
function isCheckedElsewhere(secret: string): boolean {
  return ownField(secret) !== undefined || ownEtcdClientField(secret) !== undefined || isChartSecret(secret);
}

function sectionsOf({ config }: Cluster, host: string, fragments: readonly Fragment[]): object {
  const sections = fragments.flatMap((fragment) => Object.entries(fragment.sections));
  const address = ownAddress(config, host);
  return {
    apiVersion,
    kind: "Host",
    cluster: config.name,
    host,
    ...(address === undefined ? {} : { address }),
    closedDirectories: true,
    ...(config.hardening === "cis" ? { privateFiles: true } : {}),
    ...Object.fromEntries(sections),
  };
}

/** What the machine must have for its agent to take the config; undefined where nothing is checked. */
function ownAddress({ hosts }: Cluster["config"], host: string): string | undefined {
  const about = ownValue(hosts, host);
  const own = about?.ownAddress ?? about?.address;
  return own === "any" ? undefined : own;
}

/** The components' secrets and those of the user's that this host refers to, sorted by name. */
function secretsOf(
  cluster: Cluster,
  config: HostConfig,
  fragments: readonly Fragment[],
): Readonly<Record<string, SecretOrigin>> {
  const secrets = new Map<string, SecretOrigin>(fragments.flatMap((fragment) => Object.entries(fragment.secrets)));
  for (const { name } of secretReferences(config)) {
    const value = secrets.has(name) || name === hashKeyName ? undefined : userSecret(cluster, name);
    if (value !== undefined) secrets.set(name, { from: "given", value });
  }
  return Object.fromEntries([...secrets].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
