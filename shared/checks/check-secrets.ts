// References to secrets: each names an entry of `secrets`.
import type { Finding } from "#shared/document/finding.ts";
import type { Path } from "#shared/document/path.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { suggestionsFrom } from "#shared/nearest.ts";
import { kubernetesReferences } from "./kubernetes-references.ts";

export type SecretReference = { readonly name: string; readonly path: Path };

/** Every reference of the host config to one of its secrets. */
export function secretReferences(config: HostConfig): readonly SecretReference[] {
  const references: SecretReference[] = config.agent.registries.map(({ password }, index) => ({
    name: password,
    path: ["agent", "registries", index, "password"],
  }));
  if (config.etcd !== undefined) {
    const { certificates, probe } = config.etcd;
    for (const [key, name] of Object.entries(certificates))
      references.push({ name, path: ["etcd", "certificates", key] });
    if (probe.http?.ca !== undefined) references.push({ name: probe.http.ca, path: ["etcd", "probe", "http", "ca"] });
  }
  for (const [pool, { ca, probe }] of Object.entries(config.apiLoadBalancers)) {
    if (ca !== undefined) references.push({ name: ca, path: ["apiLoadBalancers", pool, "ca"] });
    if (probe.http?.ca !== undefined)
      references.push({ name: probe.http.ca, path: ["apiLoadBalancers", pool, "probe", "http", "ca"] });
  }
  references.push(...kubernetesReferences(config));
  for (const [name, { files, probe }] of Object.entries(config.containers)) {
    for (const [index, { secret }] of files.entries())
      if (secret !== undefined) references.push({ name: secret, path: ["containers", name, "files", index, "secret"] });
    if (probe.http?.ca !== undefined)
      references.push({ name: probe.http.ca, path: ["containers", name, "probe", "http", "ca"] });
  }
  return [...references, ...disruptionReferences(config)];
}

function disruptionReferences({ disruption }: HostConfig): readonly SecretReference[] {
  if (disruption === undefined) return [];
  const { etcd, lease, apiServers, apiCa } = disruption;
  const fields = ["ca", "certificate", "key"] as const;
  return [
    ...fields.flatMap((field) =>
      etcd === undefined ? [] : [{ name: etcd[field], path: ["disruption", "etcd", field] }],
    ),
    ...fields.flatMap((field) =>
      lease === undefined ? [] : [{ name: lease[field], path: ["disruption", "lease", field] }],
    ),
    ...(Object.keys(apiServers).length === 0 ? [] : [{ name: apiCa, path: ["disruption", "apiCa"] }]),
  ];
}

/** References without a secret; `known` are the names that are or will be there. */
export function checkSecrets(config: HostConfig, known: ReadonlySet<string>): readonly Finding[] {
  const hint = suggestionsFrom([...known].toSorted());
  return secretReferences(config)
    .filter(({ name }) => !known.has(name))
    .map(({ name, path }) => ({
      path,
      problem: `there is no secret ${name}`,
      hint: hint(name),
    }));
}
