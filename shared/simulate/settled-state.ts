// What an agent would observe on a host that is exactly as desired: the starting point of previews and tests.
import { restoreNames } from "#shared/backup/restore-id.ts";
import { componentDirectory } from "#shared/state/component-directory.ts";
import type {
  DesiredContainer,
  DesiredDirectory,
  DesiredFile,
  DesiredNode,
  DesiredState,
  EtcdStartRule,
} from "#shared/state/desired.ts";
import { isOlderMinor } from "#shared/state/image-minor.ts";
import { settledCluster } from "./settled-cluster.ts";
import { emptyLedger } from "#shared/state/ledger.ts";
import type { Ledger } from "#shared/state/ledger.ts";
import type {
  EtcdEvidence,
  ObservedContainer,
  ObservedDisruption,
  ObservedNode,
  ObservedPath,
  ObservedState,
} from "#shared/state/observed.ts";
import { patchedNode } from "./patched-node.ts";
import { planNode } from "#shared/reconcile/cluster/plan-node.ts";

/** An observed host with nothing on it. */
export function emptyState(now: number): ObservedState {
  return {
    now,
    agentStartedAt: now,
    containers: [],
    foreign: [],
    helpers: [],
    unknownContainers: [],
    replacedMounts: new Map(),
    paths: new Map(),
    images: new Map(),
    health: new Map(),
    working: new Set(),
    etcd: new Map(),
    preflight: new Map(),
    ledger: { ...emptyLedger, known: true },
  };
}

/** The host after everything desired is in force, running and healthy; `now` in epoch milliseconds. */
export function settledState(desired: DesiredState, now: number): ObservedState {
  const paths = new Map<string, ObservedPath>();
  for (const container of desired.containers) addPaths(paths, container, now - 2000);
  return {
    ...emptyState(now),
    containers: desired.containers.map((container) => settledContainer(container, now)),
    paths,
    images: new Map(desired.containers.map((container) => [container.spec.image, true])),
    health: new Map(desired.containers.map((container) => [container.name, true])),
    working: new Set(desired.containers.map((container) => fakeId(container.name))),
    ...(desired.disruption === undefined ? {} : { disruption: nobodyHolds(desired) }),
    ...restoredClusters(desired),
    ...(desired.apiServersFirst === undefined ? {} : { apiServers: allHaveIt(desired) }),
    etcd: new Map(
      desired.containers.flatMap((container) =>
        container.etcd === undefined ? [] : [[container.name, allAreMembers(container.etcd)] as const],
      ),
    ),
    ledger: settledLedger(desired),
    ...(desired.clusterObjects === undefined ? {} : { cluster: settledCluster(desired.clusterObjects, now) }),
    ...(desired.node === undefined ? {} : { node: settledNode(desired.node) }),
  };
}

/** Each member of the config is one of etcd's, votes, and answers. */
export function allAreMembers({ name, peerUrl, peers }: EtcdStartRule): EtcdEvidence {
  const list = [{ name, peerUrl, clientUrl: "" }, ...peers].map((member) => ({
    name: member.name,
    peerUrls: [member.peerUrl],
    clientUrls: [member.clientUrl],
  }));
  const names = peers.map((peer) => peer.name);
  return { peers: new Map(names.map((peer) => [peer, list])), healthy: names, self: list };
}

/** The lock is free and all others that these states know answer. */
export function nobodyHolds(...states: readonly DesiredState[]): ObservedDisruption {
  const answering = states.flatMap(({ containers }) =>
    containers.map(({ name, disruption }) => [name, (disruption?.peers ?? []).map((peer) => peer.name)] as const),
  );
  return { lock: { failed: [] }, answering: new Map(answering) };
}

/** Each API server has the newest minor version that this state needs. */
export function allHaveIt({ apiServersFirst, containers }: DesiredState): ReadonlyMap<string, string> {
  const needed = containers.flatMap(({ needsApiServers }) => (needsApiServers === undefined ? [] : [needsApiServers]));
  const [newest] = needed.toSorted((a, b) => (isOlderMinor(a, b) ? 1 : -1));
  return new Map(newest === undefined ? [] : (apiServersFirst?.servers ?? []).map(({ name }) => [name, newest]));
}

/** The node as it registered itself, with what is asked for. */
function settledNode(desired: DesiredNode): ObservedNode {
  const node: ObservedNode = {
    state: "there",
    resourceVersion: "1",
    labels: {},
    annotations: {},
    taints: [],
    ready: "True",
    kubeletVersion: "",
  };
  const [step] = planNode(desired, node).steps;
  return step?.kind === "patchNode" ? (patchedNode(node, step.arguments) ?? node) : node;
}

function settledContainer(container: DesiredContainer, now: number): ObservedContainer {
  return {
    id: fakeId(container.name),
    name: container.name,
    component: container.component,
    container: container.name,
    specHash: container.specHash,
    image: container.spec.image,
    createdAt: now - 1500,
    startedAt: now - 1000,
    ...(container.once === undefined ? { state: "running" } : { state: "exited", finishedAt: now - 500, exitCode: 0 }),
    restartCount: 0,
    restart: container.restart,
    resources: container.resources,
    networks: [container.spec.networkMode],
    ...(container.etcd === undefined ? {} : { start: "data" }),
  };
}

/** A readable stand-in for an id; never the id of a real container. */
export function fakeId(name: string): string {
  return `id-of-${name}`;
}

function settledLedger(desired: DesiredState): Ledger {
  const files = desired.containers.flatMap((container) => [
    ...(container.sealed === undefined
      ? []
      : [[container.sealed.path, { component: container.component, digest: "" }] as const]),
    ...container.live.map((file) => [file.path, { component: container.component, digest: file.digest }] as const),
  ]);
  return {
    ...emptyLedger,
    known: true,
    files: Object.fromEntries(files),
    proven: Object.fromEntries(desired.containers.map((container) => [container.name, container.digest])),
  };
}

/** Data of the restore that the host config names, if it names one. */
function addMember(paths: Map<string, ObservedPath>, { dataDirectory, restore }: EtcdStartRule): void {
  const owned = { type: "directory", mode: 0o700, uid: 0, gid: 0 } as const;
  paths.set(`${dataDirectory}/member/wal`, { ...owned, entries: ["0.wal"] });
  if (restore === undefined) return;
  paths.set(`${dataDirectory}/member`, { ...owned, entries: [restoreNames(restore.id).marker, "snap", "wal"] });
}

/** Every endpoint is of the cluster that API servers may be started for. */
function restoredClusters({ apiServerStorage }: DesiredState): Pick<ObservedState, "etcdClusters"> {
  const { clusterId, endpoints = [] } = apiServerStorage ?? {};
  return clusterId === undefined ? {} : { etcdClusters: new Map(endpoints.map((url) => [url, clusterId])) };
}

function addPaths(paths: Map<string, ObservedPath>, container: DesiredContainer, changedAt: number): void {
  const directory = componentDirectory(container.component);
  const entries = [
    ...(container.sealed === undefined ? [] : [container.sealed.path.slice(directory.length + 1)]),
    ...(container.liveDirectory === undefined ? [] : ["live"]),
  ].toSorted();
  paths.set(
    directory,
    entries.length === 0
      ? { type: "missing" }
      : { type: "directory", mode: container.ownDirectory?.mode ?? 0o755, uid: 0, gid: 0, entries },
  );
  for (const { path, mode, uid, gid, emptyFile } of container.dataDirectories)
    paths.set(
      path,
      emptyFile === true
        ? { type: "file", mode, uid, gid, digest: "", changedAt }
        : { type: "directory", mode, uid, gid, entries: [] },
    );
  if (container.etcd !== undefined) addMember(paths, container.etcd);
  for (const path of container.once?.produces ?? []) paths.set(path, productOf(changedAt));
  const files: readonly DesiredFile[] = [...(container.sealed?.files ?? []), ...container.live];
  const directories = [
    ...(container.sealed === undefined ? [] : [container.sealed, ...container.sealed.subdirectories]),
    ...(container.liveDirectory === undefined ? [] : [container.liveDirectory]),
  ];
  for (const item of directories) paths.set(item.path, directoryOf(item, files));
  for (const { path, digest, mode, uid, gid } of files)
    paths.set(path, { type: "file", mode, uid, gid, digest, changedAt });
}

/** Something that a container which runs to its end has made. */
export function productOf(changedAt: number): ObservedPath {
  return { type: "file", mode: 0o644, uid: 0, gid: 0, digest: "", changedAt };
}

function directoryOf(directory: DesiredDirectory, files: readonly DesiredFile[]): ObservedPath {
  const inside = files.map((file) => file.path).filter((path) => path.startsWith(`${directory.path}/`));
  const entries = [
    ...new Set(inside.map((path) => path.slice(directory.path.length + 1).split("/")[0] ?? "")),
  ].toSorted();
  return { type: "directory", mode: directory.mode, uid: directory.uid, gid: directory.gid, entries };
}
