// Certificates of the user's own for etcd and for its clients: fit for what they are used for.
import type { Finding } from "#shared/document/finding.ts";
import { Secret } from "#shared/secret.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { ownFile } from "#planner/cluster/layers/own-file.ts";
import type { Usage } from "#planner/pki/types.ts";
import { validateProvided } from "#planner/pki/check-provided.ts";
import { uniqueFindings } from "#shared/document/finding.ts";

/** Fields of one set of files. */
type Files = Readonly<Record<string, string>>;
type Pair = {
  readonly host: string;
  readonly certificate: string;
  readonly key: string;
  readonly purpose: readonly Usage[];
  readonly because?: Readonly<Partial<Record<Usage, string>>>;
  readonly names: readonly string[];
};
type Check = { readonly cluster: Cluster; readonly section: string; readonly files: Files; readonly now: number };

/** Nothing is said of files that could not be read: `checkInputs` does. `now` is in epoch milliseconds. */
export function checkOwnPki(cluster: Cluster, now: number): readonly Finding[] {
  const { etcd, etcdClient } = cluster.config.pki;
  return [
    ...(etcd === undefined ? [] : checkFiles({ cluster, section: "etcd", files: etcd, now }, memberPairs(cluster))),
    ...(etcdClient === undefined
      ? []
      : checkFiles({ cluster, section: "etcdClient", files: etcdClient, now }, clientPairs(cluster))),
  ];
}

/** Without it every call of the gateway fails, though /health and etcdctl work. */
const gateway = "etcd's JSON gateway, in which hosts lock each other out, calls its own member with it";

function memberPairs({ config, members }: Cluster): readonly Pair[] {
  return Object.keys(members).flatMap((host) =>
    ["server", "peer"].map((kind) => ({
      host,
      certificate: `${kind}Certificate`,
      key: `${kind}Key`,
      purpose: ["server", "client"],
      ...(kind === "server" ? { because: { client: gateway } } : {}),
      names: [config.hosts[host]?.address ?? ""],
    })),
  );
}

function clientPairs({ kubernetes }: Cluster): readonly Pair[] {
  return [...(kubernetes?.controlPlane ?? [])].map((host) => ({
    host,
    certificate: "certificate",
    key: "key",
    purpose: ["client"],
    names: [],
  }));
}

function checkFiles(check: Check, pairs: readonly Pair[]): readonly Finding[] {
  const { cluster, files, now } = check;
  const ca = cluster.inputs.get(files["ca"] ?? "");
  const problems = ca === undefined ? [] : validateProvided({ certificate: ca, purpose: "ca", now });
  // a CA that is no good is told once
  const anchor = problems.length > 0 ? undefined : ca;
  const authority = problems.map(({ problem, hint }) => told(check, "ca", { host: "", problem, hint }));
  return uniqueFindings([...authority, ...pairs.flatMap((pair) => checkPair(check, pair, anchor))]);
}

function checkPair(check: Check, pair: Pair, ca: string | undefined): readonly Finding[] {
  const { cluster, files, now } = check;
  const read = (field: string): string | undefined => cluster.inputs.get(ownFile(files[field] ?? "", pair.host));
  const certificate = read(pair.certificate);
  const key = read(pair.key);
  if (certificate === undefined) return [];
  const problems = validateProvided({
    certificate,
    ...(key === undefined ? {} : { key: new Secret(key) }),
    ...(ca === undefined ? {} : { ca }),
    purpose: pair.purpose,
    because: pair.because,
    names: pair.names,
    now,
  });
  return problems.map(({ path, problem, hint }) =>
    told(check, path === "key" ? pair.key : pair.certificate, { host: pair.host, problem, hint }),
  );
}

function told(
  { section, files }: Check,
  field: string,
  { host, problem, hint }: { readonly host: string; readonly problem: string; readonly hint: string | undefined },
): Finding {
  return { path: ["pki", section, field], problem: `${ownFile(files[field] ?? "", host)} ${problem}`, hint };
}
