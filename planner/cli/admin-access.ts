// Access to a cluster's API as a user: where it is, and a client certificate of its CA that is kept nowhere.
import { join } from "node:path";
import { FlexkubeError } from "#shared/errors.ts";
import { usage } from "#shared/command-line/usage.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { urlOf } from "#planner/draft/fragment/api-access.ts";
import { caRequest, kubernetesCa } from "#planner/draft/fragment/leaf-certificate.ts";
import { kubernetesPool } from "#planner/cluster/load-balancer-pools.ts";
import { preparePki } from "#planner/pki/prepare-pki.ts";
import type { PkiCertificate } from "#planner/pki/types.ts";
import type { Effects } from "#planner/effects.ts";
import { parseState, stateFileName } from "#planner/state/planner-state.ts";
import type { Options } from "./parse-options.ts";

/** Who may do everything. */
export const admin = { user: "kubernetes-admin", groups: ["flexkube:admins"] } as const;
/** Of the certificate, which is never written. */
const certificateId = "kubernetes/kubeconfig";

export type Identity = { readonly user: string; readonly groups: readonly string[]; readonly life: string };

/** The first API server, or the one that was said. Throws INTERNAL_USAGE. */
export function serverOf({ config, kubernetes, pools }: Cluster, { server, file }: Options): string {
  if (kubernetes === undefined) throw usage(file, "the cluster config has no section kubernetes");
  if (server !== undefined) {
    if (!/^https:\/\/[^\s/?#@]+$/.test(server) || !URL.canParse(server))
      // it may have a password
      throw usage(
        server.includes("@") ? "--server" : server,
        "not an https URL without a path, such as https://api.example.org:6443",
      );
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

/** Throws PKI_* where the CA is not to be had, or is another cluster's. */
export async function issue(
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
  const file = join(directory, stateFileName);
  const state = await effects.files.readFile(file);
  if (state !== undefined)
    parseState(Buffer.from(state.bytes).toString("utf8"), { file, cluster: cluster.config.name });
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
