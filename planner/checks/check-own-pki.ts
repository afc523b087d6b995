// Certificates of the user's own for etcd: fit for what the members do with them.
import type { Finding } from "#shared/schema/finding.ts";
import type { OwnEtcdPki } from "#shared/schema/cluster-config.ts";
import { Secret } from "#shared/secret.ts";
import type { Cluster } from "../cluster.ts";
import { ownFile } from "../components/etcd.ts";
import { validateProvided } from "../pki/check-provided.ts";

type Part = { readonly field: keyof OwnEtcdPki; readonly host: string };

/** Nothing is said of files that could not be read: `checkInputs` does. `now` is in epoch milliseconds. */
export function checkOwnPki(cluster: Cluster, now: number): readonly Finding[] {
  const own = cluster.config.pki.etcd;
  if (own === undefined) return [];
  const read = ({ field, host }: Part): string | undefined => cluster.inputs.get(ownFile(own[field], host));
  const told = ({ field, host }: Part, problem: string, hint: string | undefined): Finding => ({
    path: ["pki", "etcd", field],
    problem: `${ownFile(own[field], host)} ${problem}`,
    hint,
  });
  const authority = { field: "ca", host: "" } as const;
  const ca = read(authority);
  const caProblems = ca === undefined ? [] : validateProvided({ certificate: ca, purpose: "ca", now });
  return [
    ...caProblems.map(({ problem, hint }) => told(authority, problem, hint)),
    ...Object.keys(cluster.members).flatMap((host) =>
      (["server", "peer"] as const).flatMap((kind) => checkPair(kind, host)),
    ),
  ];

  function checkPair(kind: "server" | "peer", host: string): readonly Finding[] {
    const parts = { certificate: { field: `${kind}Certificate`, host }, key: { field: `${kind}Key`, host } } as const;
    const certificate = read(parts.certificate);
    const key = read(parts.key);
    if (certificate === undefined) return [];
    const problems = validateProvided({
      certificate,
      ...(key === undefined ? {} : { key: new Secret(key) }),
      // a CA that is no good is told once, above
      ...(ca === undefined || caProblems.length > 0 ? {} : { ca }),
      purpose: ["server", "client"],
      names: [cluster.config.hosts[host]?.address ?? ""],
      now,
    });
    return problems.map(({ path, problem, hint }) =>
      told(path === "key" ? parts.key : parts.certificate, problem, hint),
    );
  }
}
