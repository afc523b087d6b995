// Asks etcd's members, those of the host config and those of etcd's own list, what they know. Only gathers; what follows from
// it is decided in shared/reconcile.
import { httpExchange } from "#agent/http/http-exchange.ts";
import { tlsRefusal } from "#agent/http/tls-refusal.ts";
import type { EtcdStartRule } from "#shared/state/desired.ts";
import { namedMembers } from "#shared/reconcile/etcd/etcd-members.ts";
import { isOlderMinor } from "#shared/state/image-minor.ts";
import type { EtcdEvidence, EtcdMemberSeen } from "#shared/state/observed.ts";
import type { PeerRefusal } from "#shared/state/peer-refusal.ts";
import { takesConnections } from "./takes-connections.ts";
import type { Address } from "./takes-connections.ts";
import { clusterVersionIn, healthIn, membersIn } from "./member-answers.ts";

export type EtcdEvidenceOptions = {
  /** Limit of each request; those to the members of the config run at once, then those to other listed members. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
};

type Tls = { readonly ca: string; readonly certificate: string; readonly key: string };
type Asking = EtcdEvidenceOptions & { readonly tls: Tls; readonly self: string };

/** What one member says at its peer port, which it does without a quorum. */
type Told = {
  readonly list?: readonly EtcdMemberSeen[] | undefined;
  readonly clusterId?: string | undefined;
  readonly version?: string | undefined;
  readonly refusal?: PeerRefusal | undefined;
};

/**
 * Lists, cluster ids and the cluster's version from the peer ports of the config's members and of this host's own; health from
 * the client ports, which tell it only with a quorum, of these and of whoever else the lists have. A member that is out of
 * reach, or answers anything else, is no evidence. Rejects only with the signal's reason.
 */
export async function gatherEtcdEvidence(rule: EtcdStartRule, options: EtcdEvidenceOptions): Promise<EtcdEvidence> {
  const tls = { ca: rule.tls.ca, certificate: rule.tls.certificate, key: rule.tls.key.reveal() };
  const asking = { ...options, tls, self: rule.name };
  const [own, answers, lostThere] = await Promise.all([
    askPeerPort(rule.peerUrl, asking),
    Promise.all(
      rule.peers.map(async ({ name, peerUrl, clientUrl }) => {
        const [told, healthy] = await Promise.all([askPeerPort(peerUrl, asking), isHealthy([clientUrl], asking)]);
        return { name, told, healthy };
      }),
    ),
    lostThereOf(rule, options),
  ]);
  const others = await askOthers(rule, [own, ...answers.map(({ told }) => told)], asking);
  const all = [{ name: rule.name, told: own }, ...answers];
  // what a restored cluster begins with may be older than its former members
  const counted = all.filter(
    ({ told: { clusterId } }) => rule.restore === undefined || clusterId === rule.restore.clusterId,
  );
  const versions = counted.flatMap(({ told: { version } }) => (version === undefined ? [] : [version]));
  const [clusterVersion] = versions.toSorted((a, b) => (isOlderMinor(a, b) ? -1 : 1));
  return {
    peers: new Map(answers.map(({ name, told }) => [name, told.list])),
    healthy: [...new Set([...answers.flatMap(({ name, healthy }) => (healthy ? [name] : [])), ...others])].toSorted(),
    self: own.list,
    clusterIds: new Map(all.flatMap(({ name, told: { clusterId: id } }) => (id === undefined ? [] : [[name, id]]))),
    clusterVersion,
    ...(rule.restore === undefined ? {} : { lostThere }),
    refusals: new Map(
      answers.flatMap(({ name, told: { refusal } }) => (refusal === undefined ? [] : [[name, refusal]])),
    ),
  };
}

/** Names of those who are said to be lost and take connections. Who is there is not asked: whoever he is, it is not as it was said. */
async function lostThereOf({ restore }: EtcdStartRule, options: EtcdEvidenceOptions): Promise<readonly string[]> {
  const asked = (restore?.lost ?? []).map(async ({ name, peerUrl, clientUrl }) => {
    const ports = await Promise.all([peerUrl, clientUrl].map(async (url) => takesConnections(addressOf(url), options)));
    return ports.includes(true) ? [name] : [];
  });
  return (await Promise.all(asked)).flat();
}

function addressOf(url: string): Address {
  const { hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port) };
}

/** etcd's documents advise seven members at most; what is longer than this is no list of members. */
const mostOthers = 32;
const mostUrls = 4;

/** Names of healthy members that have other client URLs in the lists than the config gives them, or that it does not have. */
async function askOthers(rule: EtcdStartRule, told: readonly Told[], asking: Asking): Promise<readonly string[]> {
  const asked = new Set(rule.peers.map(({ clientUrl }) => clientUrl));
  const others = new Map<string, Set<string>>();
  for (const { name, member } of told.flatMap(({ list }) => namedMembers(rule, list ?? []))) {
    const urls = member.clientUrls.filter((url) => !asked.has(url) && URL.canParse(url));
    if (name !== rule.name && urls.length > 0) others.set(name, new Set([...(others.get(name) ?? []), ...urls]));
  }
  const found = await Promise.all(
    [...others]
      .slice(0, mostOthers)
      .map(async ([name, urls]) => ((await isHealthy([...urls].slice(0, mostUrls), asking)) ? [name] : [])),
  );
  return found.flat();
}

async function askPeerPort(url: string, asking: Asking): Promise<Told> {
  const [members, version] = await Promise.all([ask(`${url}/members`, asking), ask(`${url}/version`, asking)]);
  if ("refusal" in members) return members;
  const list = membersIn(members.body);
  if (list === undefined) return {};
  const id = members.clusterId;
  return {
    // a member that has just begun may not know anybody yet
    list: list.length === 0 ? undefined : list,
    ...(id === undefined ? {} : { clusterId: id }),
    version: "refusal" in version ? undefined : clusterVersionIn(version.body),
  };
}

async function isHealthy(urls: readonly string[], asking: Asking): Promise<boolean> {
  const answers = await Promise.all(urls.map(async (url) => ask(`${url}/health`, asking)));
  return answers.some((answer) => !("refusal" in answer) && healthIn(answer.body));
}

type Answer =
  | { readonly body: string; readonly clusterId?: string | undefined }
  | { readonly refusal: PeerRefusal | undefined };

async function ask(url: string, { tls, self, signal, deadlineMs }: Asking): Promise<Answer> {
  try {
    const { status, body, headers } = await httpExchange(new URL(url), {
      timeoutMs: deadlineMs,
      signal,
      tls,
      repeatable: true,
    });
    const clusterId = headers["x-etcd-cluster-id"];
    return status === 200
      ? { body, clusterId: typeof clusterId === "string" ? clusterId : undefined }
      : { refusal: undefined };
  } catch (error) {
    // out of reach, or refused by TLS: this member says nothing
    signal?.throwIfAborted();
    return { refusal: tlsRefusal(error, { self }) };
  }
}
