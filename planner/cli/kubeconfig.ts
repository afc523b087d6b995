// flexkube-planner kubeconfig: a client certificate of the cluster's CA, in the form that kubectl reads.
import { dirname } from "node:path";
import { exitCodes, FlexkubeError } from "#shared/errors.ts";
import { durationMs } from "#shared/duration.ts";
import { Duration } from "#shared/schema/words/words.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { clusterOf } from "#planner/cluster/cluster.ts";
import { urlOf } from "#planner/draft/fragment/api-access.ts";
import { caRequest, kubernetesCa } from "#planner/draft/fragment/leaf-certificate.ts";
import { kubernetesPool } from "#planner/cluster/load-balancer-pools.ts";
import { preparePki } from "#planner/pki/prepare-pki.ts";
import type { PkiCertificate } from "#planner/pki/types.ts";
import { renderDocument } from "#planner/yaml/render-document.ts";
import type { Effects } from "#planner/effects.ts";
import type { Options } from "./parse-options.ts";
import { openCluster } from "#planner/split/run/prepare-split.ts";

const admin = { user: "kubernetes-admin", groups: ["flexkube:admins"] } as const;
const defaultLife = "720h";
const comment = "Made by flexkube-planner kubeconfig; whoever has this file is its user.";
/** Of the certificate, which is never written. */
const certificateId = "kubernetes/kubeconfig";
/** RFC 5280's bound of names and organizations. */
const longestName = 64;
const privateFile = 0o600;

type Identity = { readonly user: string; readonly groups: readonly string[]; readonly life: string };

/** Throws INTERNAL_USAGE, CONFIG_INVALID, and PKI_* where the CA is not to be had. */
export async function kubeconfigCommand(options: Options, effects: Effects): Promise<number> {
  const identity = identityOf(options);
  const { loaded, directories } = await openCluster({ ...options, out: undefined }, effects);
  if (loaded.problems.length > 0)
    throw new FlexkubeError("CONFIG_INVALID", "the cluster config is not valid", { problems: loaded.problems });
  const cluster = clusterOf(loaded.config, { inputs: new Map(), bootstrapped: false });
  const server = serverOf(cluster, options);
  const pair = await issue(cluster, identity, { directory: directories.pki, effects });
  const text = renderDocument(comment, kubeconfig(cluster, { ...identity, ...pair, server }));
  if (options.out === undefined) effects.print(text);
  else await writeOut(options.out, text, { force: options.force, effects });
  if (identity.groups.includes("system:masters"))
    effects.printError("warning: system:masters may do everything, and no rule of the cluster can take that back\n");
  return exitCodes.ok;
}

function identityOf({ user, group, expires }: Options): Identity {
  const life = expires ?? defaultLife;
  if (!Duration.safeParse(life).success || durationMs(life) < 60_000)
    throw usage(life, "not a duration of a minute or more, such as 8h");
  const identity = user === undefined ? admin : { user, groups: [] };
  const groups = group ?? identity.groups;
  for (const name of [identity.user, ...groups])
    if (name.length === 0 || name.length > longestName) throw usage(name, `a name has 1 to ${longestName} characters`);
  return { user: identity.user, groups, life };
}

function serverOf({ config, kubernetes, pools }: Cluster, { server, file }: Options): string {
  if (kubernetes === undefined) throw usage(file, "the cluster config has no section kubernetes");
  if (server !== undefined) {
    if (!/^https:\/\/[^\s/]+$/.test(server)) throw usage(server, "not an https URL without a path");
    return server;
  }
  const first = Object.keys(config.hosts).find((host) => kubernetes.controlPlane.has(host));
  const servers = pools[kubernetesPool]?.servers ?? {};
  const found = servers[first ?? ""] ?? Object.values(servers)[0];
  if (found?.address === undefined || found.port === undefined)
    throw usage("--server", "the cluster config knows no API server; say where it is reached");
  return urlOf({ address: found.address, port: found.port });
}

type Issue = { readonly directory: string; readonly effects: Effects };

async function issue(
  cluster: Cluster,
  { user, groups, life }: Identity,
  { directory, effects }: Issue,
): Promise<PkiCertificate & { readonly ca: string }> {
  const request = {
    id: certificateId,
    ca: kubernetesCa,
    commonName: user,
    organization: groups,
    dnsNames: [],
    ipAddresses: [],
    usages: ["client"],
    validity: life,
  } as const;
  // nothing of it is there, whatever somebody put into that file
  const readFile = (path: string) =>
    path.includes(certificateId) ? Promise.resolve(undefined) : effects.pki.readFile(path);
  const prepared = await preparePki({
    directory,
    cas: [caRequest(cluster, kubernetesCa)],
    certificates: [request],
    io: { ...effects.pki, readFile },
    clock: effects.clock,
  });
  if (prepared.changes.some(({ id }) => id !== certificateId))
    throw new FlexkubeError("PKI_UNREADABLE", "there is no CA yet", {
      file: `${directory}/${kubernetesCa}/ca.key`,
      reason: "run flexkube-planner split first",
    });
  const pair = prepared.certificates.get(certificateId);
  const ca = prepared.cas.get(kubernetesCa)?.certificate;
  if (pair === undefined || ca === undefined)
    throw new FlexkubeError("INTERNAL_BUG", "a certificate was not made", { reason: certificateId });
  return { ...pair, ca };
}

function kubeconfig(
  { config }: Cluster,
  made: PkiCertificate & { readonly ca: string; readonly user: string; readonly server: string },
): object {
  const context = `${made.user}@${config.name}`;
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: config.name, cluster: { server: made.server, "certificate-authority-data": base64(made.ca) } }],
    users: [
      {
        name: made.user,
        user: {
          "client-certificate-data": base64(made.certificate),
          "client-key-data": base64(made.key.reveal()),
        },
      },
    ],
    contexts: [{ name: context, context: { cluster: config.name, user: made.user } }],
    "current-context": context,
  };
}

async function writeOut(
  out: string,
  text: string,
  { force, effects }: { readonly force: boolean; readonly effects: Effects },
): Promise<void> {
  const { files } = effects;
  const found = await files.readFile(out);
  // a kubeconfig often holds the ways to several clusters
  if (!force && found !== undefined && !Buffer.from(found.bytes).toString("utf8").startsWith(`# ${comment}`))
    throw usage(out, "another file is there; --force overwrites it");
  await files.makeDirectory(dirname(out), 0o700);
  await files.writeFileAtomic(out, Buffer.from(text), privateFile);
  effects.printError(`${out} written\n`);
}

function usage(argument: string, reason: string): FlexkubeError {
  return new FlexkubeError("INTERNAL_USAGE", "the arguments are not understood", { argument, reason });
}
