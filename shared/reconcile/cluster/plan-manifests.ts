// Manifests: what has to be applied anew and why, and what nobody asks for any more.
import { kindRank } from "#shared/schema/manifest-documents.ts";
import type { ObjectRef } from "#shared/schema/manifest-documents.ts";
import { isSameObject, objectKey, objectText } from "#shared/state/applied-objects.ts";
import type { AppliedManifest, AppliedObject, DesiredManifest } from "#shared/state/applied-objects.ts";
import { manifestComponent } from "#shared/state/cluster-components.ts";
import type { ClusterContext } from "./cluster-context.ts";
import { resting, waiting } from "./cluster-context.ts";
import type { Blocked, Step } from "#shared/state/step.ts";
import { ownValue } from "#shared/own-value.ts";

type Part = { readonly apply: readonly Step[]; readonly prune: readonly Step[]; readonly blocked: readonly Blocked[] };

/** Applied in the order of their names; what goes, goes after all that comes. */
export function planManifests(context: ClusterContext): {
  readonly steps: readonly Step[];
  readonly blocked: readonly Blocked[];
} {
  const { wish, found } = context;
  const desired = wish.manifests.map((manifest) => planManifest(context, manifest));
  const gone = Object.entries(found.record.manifests)
    .filter(([name]) => !wish.manifests.some((manifest) => manifest.name === name))
    .toSorted(([a], [b]) => (a < b ? 1 : -1))
    .map(([name, record]) => pruneAll(context, name, record));
  const parts = [...desired, ...gone];
  return {
    steps: [...parts.flatMap(({ apply }) => apply), ...parts.flatMap(({ prune }) => prune)],
    blocked: parts.flatMap(({ blocked }) => blocked),
  };
}

function planManifest(context: ClusterContext, manifest: DesiredManifest): Part {
  const component = manifestComponent(manifest.name);
  const record = ownValue(context.found.record.manifests, manifest.name);
  const rest = context.resting(component, manifest.digest);
  if (rest !== undefined) return { apply: [], prune: [], blocked: [resting(component, rest)] };
  const cause = causeOf(context, manifest, record);
  const before = record?.objects ?? [];
  const stale = staleOf(context, before);
  const apply: Step[] =
    cause === undefined
      ? []
      : [
          {
            kind: "applyManifest",
            subject: manifest.name,
            component,
            cause,
            arguments: {
              image: context.wish.kubectlImage,
              digest: manifest.digest,
              objects: manifest.objects,
              before,
              stale,
            },
          },
        ];
  return { apply, ...pruneStep(context, { name: manifest.name, stale, isLast: false }) };
}

function causeOf(
  { found }: ClusterContext,
  manifest: DesiredManifest,
  record: AppliedManifest | undefined,
): string | undefined {
  if (record === undefined) return "not applied yet";
  if (record.digest === "") return "the last apply did not come to its end";
  if (record.digest !== manifest.digest) return "its content changed";
  for (const object of manifest.objects) {
    const known = record.objects.find((other) => isSameObject(other, object));
    const now = known === undefined ? undefined : found.objects.get(objectKey(known));
    if (now === undefined || now.state === "unknown") continue;
    if (now.state === "missing") return `${objectText(object)} is gone`;
    if (known?.uid !== now.uid) return `${objectText(object)} is another one`;
    if (known.mark !== now.mark) return `${objectText(object)} was changed`;
  }
  return undefined;
}

/** What was applied and no manifest asks for. */
function staleOf({ wish }: ClusterContext, objects: readonly AppliedObject[]): readonly AppliedObject[] {
  return objects.filter(
    (object) => !wish.manifests.some((manifest) => manifest.objects.some((other) => isSameObject(other, object))),
  );
}

function pruneAll(context: ClusterContext, name: string, record: AppliedManifest): Part {
  return { apply: [], ...pruneStep(context, { name, stale: staleOf(context, record.objects), isLast: true }) };
}

/** Dependents go before what they need. `isLast`: the manifest itself is no longer desired. */
function pruneStep(
  { found }: ClusterContext,
  {
    name,
    stale,
    isLast,
  }: { readonly name: string; readonly stale: readonly AppliedObject[]; readonly isLast: boolean },
): Pick<Part, "prune" | "blocked"> {
  const component = manifestComponent(name);
  const deletes: (ObjectRef & { readonly uid: string })[] = [];
  const forgets: ObjectRef[] = [];
  const unknown: AppliedObject[] = [];
  for (const object of stale.toSorted((a, b) => kindRank(b.kind) - kindRank(a.kind))) {
    const now = found.objects.get(objectKey(object)) ?? { state: "missing" };
    const { uid: _uid, mark: _mark, ...ref } = object;
    if (now.state === "unknown") unknown.push(object);
    else if (now.state === "there" && isOurs(object, now) && !now.isKept) deletes.push({ ...ref, uid: now.uid });
    else forgets.push(ref);
  }
  const isWhole = isLast && unknown.length === 0;
  const step: Step = {
    kind: "pruneObjects",
    subject: name,
    component,
    cause: isLast ? "the manifest is no longer desired" : "no longer in the manifest",
    arguments: { deletes, forgets, isWhole },
  };
  return {
    prune: deletes.length + forgets.length > 0 || isWhole ? [step] : [],
    blocked: unknown.map((object) => waiting(component, `${objectText(object)} cannot be looked at, so it stays`)),
  };
}

/** Without a uid in the record, an apply was cut before it could be seen: then the owner of its fields tells. */
function isOurs({ uid }: AppliedObject, now: { readonly uid: string; readonly isOurs: boolean }): boolean {
  return uid === undefined ? now.isOurs : uid === now.uid;
}
