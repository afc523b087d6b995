// What the cluster's objects look like after a step has succeeded, for previews and tests.
import type { ObjectRef } from "#shared/schema/manifest-documents.ts";
import { isSameObject, objectKey } from "#shared/state/applied-objects.ts";
import type {
  AppliedObject,
  AppliedRecord,
  ObservedCluster,
  ObservedObject,
  ObservedRelease,
} from "#shared/state/applied-objects.ts";
import type { ObservedState } from "#shared/state/observed.ts";
import type { StepOf } from "#shared/state/step.ts";

export type ClusterStep = StepOf<
  "applyManifest" | "pruneObjects" | "installRelease" | "uninstallRelease" | "finishRelease"
>;
type Here = Extract<ObservedCluster, { readonly state: "here" }>;

/** A cluster that is not this host's to change stays as it is; Helm ends at once and well. */
export function afterClusterStep(state: ObservedState, step: ClusterStep): ObservedState {
  const { cluster } = state;
  if (cluster?.state !== "here") return state;
  switch (step.kind) {
    case "applyManifest":
      return { ...state, cluster: applied(cluster, step) };
    case "pruneObjects":
      return { ...state, cluster: pruned(cluster, step) };
    case "installRelease":
    case "uninstallRelease":
      return { ...state, helpers: [...state.helpers, helmOf(state, step)] };
    case "finishRelease":
      return {
        ...state,
        helpers: state.helpers.filter(({ id }) => id !== step.arguments.id),
        cluster: finished(cluster, step, state.now),
      };
  }
}

function applied(cluster: Here, { subject, arguments: args }: StepOf<"applyManifest">): Here {
  const fresh = args.objects.map((object): AppliedObject => {
    const known = cluster.objects.get(objectKey(object));
    const uid = known?.state === "there" ? known.uid : `uid of ${objectKey(object)}`;
    return { ...object, uid, mark: "ours" };
  });
  const objects = new Map(cluster.objects);
  for (const object of fresh) objects.set(objectKey(object), thereWith(object));
  const manifests = { [subject]: { digest: args.digest, objects: [...fresh, ...args.stale] } };
  return { ...cluster, objects, record: withManifests(cluster.record, manifests) };
}

function thereWith({ uid = "", mark = "" }: AppliedObject): ObservedObject {
  return { state: "there", uid, mark, isOurs: true, isKept: false };
}

function pruned(cluster: Here, { subject, arguments: args }: StepOf<"pruneObjects">): Here {
  const objects = new Map(cluster.objects);
  for (const object of args.deletes) objects.set(objectKey(object), { state: "missing" });
  const { [subject]: record, ...others } = cluster.record.manifests;
  const rest = remainingObjects(record?.objects ?? [], args);
  const manifests =
    args.isWhole || record === undefined ? others : { ...others, [subject]: { ...record, objects: rest } };
  return { ...cluster, objects, record: { ...cluster.record, manifests } };
}

/** What the record still holds of a manifest after a prune. */
export function remainingObjects(
  objects: readonly AppliedObject[],
  { deletes, forgets }: { readonly deletes: readonly ObjectRef[]; readonly forgets: readonly ObjectRef[] },
): readonly AppliedObject[] {
  return objects.filter((object) => ![...deletes, ...forgets].some((gone) => isSameObject(gone, object)));
}

function withManifests(record: AppliedRecord, manifests: AppliedRecord["manifests"]): AppliedRecord {
  return { ...record, manifests: { ...record.manifests, ...manifests } };
}

function helmOf(
  { now }: ObservedState,
  step: StepOf<"installRelease" | "uninstallRelease">,
): ObservedState["helpers"][number] {
  const isInstall = step.kind === "installRelease";
  return {
    id: `id-${now}-${step.subject}`,
    name: `flexkube-helm-${step.subject}`,
    state: "exited",
    job: {
      release: step.subject,
      operation: isInstall ? "install" : "uninstall",
      namespace: step.arguments.namespace,
      digest: isInstall ? step.arguments.digest : "",
      image: step.arguments.image,
      until: now + 1000,
    },
  };
}

function finished(cluster: Here, { subject, arguments: { job } }: StepOf<"finishRelease">, now: number): Here {
  const { [subject]: _before, ...records } = cluster.record.releases;
  const releases = new Map(cluster.releases);
  if (job.operation === "uninstall") {
    releases.delete(subject);
    return { ...cluster, releases, record: { ...cluster.record, releases: records } };
  }
  const revision = (releases.get(subject)?.revision ?? 0) + 1;
  const secret = `sh.helm.release.v1.${subject}.v${revision}`;
  const seen: ObservedRelease = { revision, status: "deployed", since: now, secret, uid: `uid of ${secret}` };
  releases.set(subject, seen);
  const { digest, namespace, image } = job;
  const record = { ...cluster.record, releases: { ...records, [subject]: { digest, namespace, revision, image } } };
  return { ...cluster, releases, record };
}
