// One look at the objects of the cluster: who applies them, what has been applied, and what is there of it. Changes nothing.
import { reasonOf } from "#shared/reason-of.ts";
import { events } from "#agent/facts/steady-times.ts";
import type { SteadyTimes } from "#agent/facts/steady-times.ts";
import { objectKey } from "#shared/state/applied-objects.ts";
import type { AppliedRecord, DesiredClusterObjects, ObservedCluster } from "#shared/state/applied-objects.ts";
import type { ConnectKubernetes } from "./connections.ts";
import { readRecord } from "./applied-record.ts";
import { generationOf, readApplierLease } from "./applier-lease.ts";
import type { ApplierLease } from "./applier-lease.ts";
import type { KubernetesClient } from "./kubernetes-client.ts";
import { readRelease } from "./helm-release.ts";
import { lookAtObject } from "./look-at-object.ts";
import { createFindPath } from "./object-paths.ts";
import type { KnownKinds } from "./object-paths.ts";

/** Requests at once. */
const lanes = 4;

/** An API that does not answer is a state to be told; rejects only with the signal's reason. */
export async function observeCluster(
  about: {
    readonly connectKubernetes: ConnectKubernetes;
    readonly kinds: KnownKinds;
    readonly desired: DesiredClusterObjects;
    readonly host: string;
    readonly applierLease: Pick<ApplierLease, "holderOf">;
    readonly times: SteadyTimes;
  },
  signal: AbortSignal,
): Promise<ObservedCluster> {
  const { desired, host, applierLease, times, kinds } = about;
  const client = about.connectKubernetes(desired.api);
  try {
    const lease = await readApplierLease(client, signal);
    const holder = applierLease.holderOf(lease);
    if (holder !== undefined && holder !== host) return { state: "elsewhere", holder };
    const generation = generationOf(lease);
    if (desired.generation < generation) return { state: "outdated", generation };
    const record = await readRecord(client, signal);
    const [objects, releases] = await Promise.all([
      lookAtObjects(client, { record, kinds }, signal),
      lookAtReleases(client, { record, desired, times }, signal),
    ]);
    return { state: "here", held: holder === host, record, objects, releases };
  } catch (error) {
    signal.throwIfAborted();
    return { state: "unreachable", reason: reasonOf(error) };
  }
}

type Here = Extract<ObservedCluster, { readonly state: "here" }>;

async function lookAtObjects(
  client: KubernetesClient,
  { record, kinds }: { readonly record: AppliedRecord; readonly kinds: KnownKinds },
  signal: AbortSignal,
): Promise<Here["objects"]> {
  const find = createFindPath(client, kinds);
  const all = new Map(
    Object.values(record.manifests)
      .flatMap(({ objects }) => objects)
      .map((object) => [objectKey(object), object]),
  );
  const found = await inLanes([...all], async ([key, object]) => {
    return [key, await lookAtObject(client, find, object, signal)] as const;
  });
  return new Map(found);
}

async function lookAtReleases(
  client: KubernetesClient,
  about: { readonly record: AppliedRecord; readonly desired: DesiredClusterObjects; readonly times: SteadyTimes },
  signal: AbortSignal,
): Promise<Here["releases"]> {
  const { record, desired, times } = about;
  // one that is to move to another namespace is looked for where it is
  const wanted = new Map([
    ...desired.releases.map(({ name, namespace }) => [name, namespace] as const),
    ...Object.entries(record.releases).map(([name, { namespace }]) => [name, namespace] as const),
  ]);
  const found = await inLanes([...wanted], async ([name, namespace]) => {
    const release = await readRelease(client, { name, namespace }, signal);
    return [name, release && { ...release, since: times.of(events.released(release.uid), release.since) }] as const;
  });
  return new Map(found.flatMap(([name, release]) => (release === undefined ? [] : [[name, release]])));
}

/** The results, in the order of the items. */
async function inLanes<Item, Result>(
  items: readonly Item[],
  act: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const rest = items.entries();
  const lane = async (): Promise<void> => {
    for (const [index, item] of rest) results[index] = await act(item);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}
