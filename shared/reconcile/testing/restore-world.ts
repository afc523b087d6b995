// Hosts with a member of etcd each, as far as a restore concerns them: what is on their disks, what runs, who answers whom.
import { etcdClusterId, restoredToken, restoreId } from "#shared/backup/restore-id.ts";
import { decideRestore } from "#shared/reconcile/etcd/etcd-restore.ts";
import type { RestoreData, RestoringRule } from "#shared/reconcile/etcd/etcd-restore.ts";
import { etcdStartRule } from "#shared/expand/testing/etcd-start-rule-builder.ts";
import type { EtcdEvidence, EtcdMemberSeen } from "#shared/state/observed.ts";

/** A restore as somebody has asked for it. */
export type Wish = {
  readonly number: number;
  readonly sha256: string;
  /** Hosts of the new cluster. */
  readonly members: readonly string[];
  /** Hosts of the former one that are said to be lost. */
  readonly lost: readonly string[];
  /** A member without data may begin while nobody answers. */
  readonly open: boolean;
};

type Data = { readonly cluster: string; readonly snapshot: string; readonly marker?: Wish | undefined };

export type ModelHost = {
  readonly name: string;
  /** The host config in force; undefined: the one without a restore. */
  wish: Wish | undefined;
  member: Data | undefined;
  made: Data | undefined;
  isRunning: boolean;
  /** Off for good. */
  isGone: boolean;
  /** SHA-256 of the files that are there. */
  readonly files: Set<string>;
};

export const formerCluster = "former";

export class RestoreWorld {
  readonly hosts: readonly ModelHost[];
  /** Cluster id → names of its members, and of those that have started in it. */
  readonly clusters = new Map<string, { readonly members: readonly string[]; readonly started: Set<string> }>();
  /** Each restore that was made; again: by one that had started in that cluster, though it could have known. */
  readonly made: { readonly host: string; readonly cluster: string; readonly isAgain: boolean }[] = [];

  constructor(names: readonly string[]) {
    this.hosts = names.map((name) => ({
      name,
      wish: undefined,
      member: { cluster: formerCluster, snapshot: formerCluster },
      made: undefined,
      isRunning: true,
      isGone: false,
      files: new Set<string>(),
    }));
    this.clusters.set(formerCluster, { members: names, started: new Set(names) });
  }

  host(name: string): ModelHost {
    const found = this.hosts.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no host ${name}`);
    return found;
  }

  /** Ids of clusters of which a majority runs. */
  majorities(): readonly string[] {
    return [...this.clusters].flatMap(([id, { members }]) => {
      const running = members.filter((name) => this.isMember(name, id));
      return running.length > members.length / 2 ? [id] : [];
    });
  }

  isMember(name: string, cluster: string): boolean {
    const { isRunning, member } = this.host(name);
    return isRunning && member?.cluster === cluster;
  }

  /** One look of the host's agent, which dies after so many steps; `silent` are out of its reach. What it decided. */
  tick(name: string, silent: readonly string[], diesAfter: number): string {
    const host = this.host(name);
    if (host.isGone) return "gone";
    const { wish } = host;
    const decision = wish === undefined ? { act: "done" as const } : this.#decide(host, wish, silent);
    const steps = this.#steps(host, decision.act, silent);
    for (const step of steps.slice(0, diesAfter)) step();
    return decision.act === "wait" ? decision.reason : decision.act;
  }

  #decide(host: ModelHost, wish: Wish, silent: readonly string[]): ReturnType<typeof decideRestore> {
    const { member, made } = host;
    const id = restoreId(wish);
    const data: RestoreData = {
      done: member?.marker && { id: restoreId(member.marker), number: member.marker.number },
      hasMember: member !== undefined,
      isMade: made !== undefined && made.marker !== undefined && restoreId(made.marker) === id,
      hasLeft: made !== undefined,
    };
    const snapshot = host.files.has(wish.sha256)
      ? { path: "/s.db", bytes: 1, freeBytes: 1e12 }
      : { missing: "nothing here" };
    return decideRestore(ruleOf(host.name, wish), data, { evidence: this.#evidence(host, wish, silent), snapshot });
  }

  #steps(host: ModelHost, act: string, silent: readonly string[]): readonly (() => void)[] {
    const start = (): void => {
      if (host.member === undefined) return;
      host.isRunning = true;
      this.clusters.get(host.member.cluster)?.started.add(host.name);
    };
    const stop = (): void => {
      host.isRunning = false;
    };
    const swap = (): readonly (() => void)[] => [
      () => {
        host.member = undefined;
      },
      () => {
        host.member = host.made;
        host.made = undefined;
      },
    ];
    if (act === "done") return [start];
    if (act === "swap") return [stop, ...swap(), start];
    return act === "make" ? [stop, () => this.#make(host, silent), ...swap(), start] : [];
  }

  #make(host: ModelHost, silent: readonly string[]): void {
    const { wish } = host;
    if (wish === undefined) throw new Error("nothing to make");
    const cluster = clusterIdOf(wish);
    const known = this.clusters.get(cluster) ?? { members: wish.members, started: new Set<string>() };
    this.clusters.set(cluster, known);
    const tells = (name: string): boolean =>
      name !== host.name && !silent.includes(name) && this.isMember(name, cluster);
    const isKnown = !wish.open || wish.members.some(tells);
    this.made.push({ host: host.name, cluster, isAgain: isKnown && known.started.has(host.name) });
    host.made = { cluster, snapshot: wish.sha256, marker: wish };
  }

  #evidence(host: ModelHost, wish: Wish, silent: readonly string[]): EtcdEvidence {
    const isThere = (name: string): boolean => this.host(name).isRunning && !silent.includes(name);
    const others = wish.members.filter((name) => name !== host.name && isThere(name));
    const own = host.isRunning ? [host.name] : [];
    const clusterOf = (name: string): string => this.host(name).member?.cluster ?? "";
    const works = new Set(this.majorities());
    const listed = [...others, ...own].flatMap((name) => this.clusters.get(clusterOf(name))?.members ?? []);
    const healthy = [...new Set(listed)].filter(
      (name) => name !== host.name && isThere(name) && works.has(clusterOf(name)),
    );
    return {
      peers: new Map(others.map((name) => [name, this.#list(clusterOf(name))])),
      self: host.isRunning ? this.#list(clusterOf(host.name)) : undefined,
      clusterIds: new Map([...others, ...own].map((name) => [name, clusterOf(name)])),
      healthy,
      lostThere: wish.lost.filter((name) => isThere(name)),
    };
  }

  #list(cluster: string): readonly EtcdMemberSeen[] {
    const { members = [], started } = this.clusters.get(cluster) ?? {};
    return members.map((name) => ({
      name,
      peerUrls: [urlOf(name, 2380)],
      clientUrls: started?.has(name) === true ? [urlOf(name, 2379)] : [],
    }));
  }
}

/** Ids by what they follow from: thousands of histories have the same few restores. */
const knownIds = new Map<string, string>();

export function clusterIdOf(wish: Wish): string {
  const key = `${restoredToken("demo", wish)} ${wish.members.join()}`;
  const known = knownIds.get(key);
  if (known !== undefined) return known;
  const id = etcdClusterId(
    restoredToken("demo", wish),
    wish.members.map((name) => urlOf(name, 2380)),
  );
  knownIds.set(key, id);
  return id;
}

function ruleOf(name: string, wish: Wish): RestoringRule {
  const urls = (member: string) => ({ peerUrl: urlOf(member, 2380), clientUrl: urlOf(member, 2379) });
  const clusterId = clusterIdOf(wish);
  return {
    ...etcdStartRule({ name, peerUrl: urlOf(name, 2380), token: restoredToken("demo", wish) }),
    peers: wish.members.filter((other) => other !== name).map((other) => ({ name: other, ...urls(other) })),
    restore: {
      id: restoreId(wish),
      number: wish.number,
      sha256: wish.sha256,
      clusterId,
      ownClusterId: clusterId,
      open: wish.open,
      lost: wish.lost.map((lost) => ({ name: lost, ...urls(lost) })),
      directories: ["/restore"],
      etcdutl: "etcdutl",
    },
  };
}

function urlOf(name: string, port: number): string {
  return `https://10.77.0.1${name.slice(1)}:${port}`;
}
