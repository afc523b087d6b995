// Which certificates end before a newer one takes their place, and what on the host has them. Pure.
import type { X509Certificate } from "node:crypto";
import { certificatesOf } from "#shared/certificates-of.ts";
import { expand } from "#shared/expand/expand.ts";
import { reveal } from "#shared/secret.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { DesiredContainer } from "#shared/state/desired.ts";
import { lifeOf } from "#planner/pki/certificate.ts";
import type { PkiLife, PreparedPki } from "#planner/pki/types.ts";
import { assumedFacts } from "#planner/split/report/preview-host.ts";
import type { Ended, Renewed } from "./future.ts";

type Known = Pick<PreparedPki, "cas" | "leaves" | "certificates"> & { readonly holders: ReadonlyMap<string, string> };

export type Ending = {
  /** As it is now. */
  readonly pki: Known;
  readonly hosts: readonly { readonly host: string; readonly config: HostConfig }[];
  readonly renewed: readonly Renewed[];
  readonly from: number;
  readonly until: number;
};

/** Sorted by time, then by name. What has ended before `from` ends at `from`. */
export function endings(about: Ending): readonly Ended[] {
  const all = [...leafEndings(about), ...authorityEndings(about), ...givenEndings(about)];
  return all.toSorted((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1));
}

function leafEndings({ pki, hosts, renewed, from, until }: Ending): readonly Ended[] {
  const containers = containersOf(hosts);
  return pki.leaves.flatMap(({ request: { id }, found }) => {
    const host = pki.holders.get(id);
    const ends = unreplaced(found, { renewed: renewed.filter(({ name }) => name === id), until });
    if (ends.length === 0) return [];
    const pem = pki.certificates.get(id)?.certificate ?? "";
    const usedBy = usersOf(pem, containers.get(host ?? "") ?? []);
    return ends.map((at) => ({ at: Math.max(at, from), name: id, host, usedBy }));
  });
}

/** Ends of those that no newer one has replaced by then. */
function unreplaced(
  found: PkiLife | undefined,
  { renewed, until }: { readonly renewed: readonly Renewed[]; readonly until: number },
): readonly number[] {
  const lives = [...(found === undefined ? [] : [found.notAfter]), ...renewed.map(({ ends }) => ends)];
  const replaced = found === undefined ? renewed.slice(1) : renewed;
  return lives.filter((ends, index) => ends <= until && ends < (replaced[index]?.at ?? Infinity));
}

function authorityEndings({ pki, from, until }: Ending): readonly Ended[] {
  return [...pki.cas].flatMap(([id, { certificate }]) =>
    (certificatesOf(certificate) ?? []).flatMap((one, index) => {
      const { notAfter } = lifeOf(one);
      const name = index === 0 ? `${id}/ca` : `${id}/ca (${index + 1})`;
      return notAfter <= until ? [{ at: Math.max(notAfter, from), name, host: undefined, usedBy: [] }] : [];
    }),
  );
}

/** Certificates that stand in the cluster config: whoever gave them makes the next ones. */
function givenEndings({ pki, hosts, from, until }: Ending): readonly Ended[] {
  const ours = new Set(
    [pki.cas, pki.certificates].flatMap((known) =>
      [...known.values()].flatMap(({ certificate }) => fingerprints(certificate)),
    ),
  );
  return hosts.flatMap(({ host, config }) =>
    Object.entries(config.secrets).flatMap(([name, text]) => {
      const given = (certificatesOf(text) ?? []).filter(({ fingerprint256 }) => !ours.has(fingerprint256));
      const first = Math.min(...given.map((certificate) => lifeOf(certificate).notAfter));
      if (first > until) return [];
      return [{ at: Math.max(first, from), name: `secret ${name}`, host, usedBy: usersOf(text, expanded(config)) }];
    }),
  );
}

function fingerprints(pem: string): readonly string[] {
  return (certificatesOf(pem) ?? []).map(({ fingerprint256 }: X509Certificate) => fingerprint256);
}

function containersOf(hosts: Ending["hosts"]): ReadonlyMap<string, readonly DesiredContainer[]> {
  return new Map(hosts.map(({ host, config }) => [host, expanded(config)]));
}

function expanded(config: HostConfig): readonly DesiredContainer[] {
  return expand(config, assumedFacts).containers;
}

/** Those among whose files it is, as it is or within a kubeconfig. */
function usersOf(pem: string, containers: readonly DesiredContainer[]): readonly string[] {
  const forms = [pem.trim(), Buffer.from(pem).toString("base64")];
  const names = containers
    .filter(({ live, sealed }) =>
      [...live, ...(sealed?.files ?? [])].some(({ content }) => forms.some((form) => reveal(content).includes(form))),
    )
    .map(({ name }) => name);
  return names.length === 0 ? ["the agent"] : names;
}
