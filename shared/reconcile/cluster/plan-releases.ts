// Helm releases: what has to be installed, upgraded or uninstalled and why. Helm works beside the ticks; one that has
// ended is settled by a later one.
import type { AppliedRelease, DesiredRelease, ObservedRelease } from "#shared/state/applied-objects.ts";
import { releaseComponent } from "#shared/state/cluster-components.ts";
import type { ObservedHelper } from "#shared/state/observed.ts";
import type { ClusterContext } from "./cluster-context.ts";
import { resting, waiting } from "./cluster-context.ts";
import type { Blocked, Step } from "#shared/state/step.ts";
import { ownValue } from "#shared/own-value.ts";

type Part = { readonly steps: readonly Step[]; readonly blocked: readonly Blocked[] };

const nothing: Part = { steps: [], blocked: [] };

/** At most one step a release: Helm does one thing at a time. */
export function planReleases(context: ClusterContext): Part {
  const { wish, found } = context;
  const desired = wish.releases.map((release) => planRelease(context, release));
  const gone = Object.entries(found.record.releases)
    .filter(([name]) => !wish.releases.some((release) => release.name === name))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, record]) => atWork(context, name) ?? uninstall(context, name, record, "no longer desired"));
  const settled = context.jobs
    .filter(({ job, unknown }) => job !== undefined && unknown === undefined && !isKnown(context, job.release))
    .map((helper) => settle(helper));
  const parts = [...desired, ...gone, ...settled];
  return { steps: parts.flatMap(({ steps }) => steps), blocked: parts.flatMap(({ blocked }) => blocked) };
}

/** True when a release of this name is desired or recorded, so that its jobs are looked at with it. */
function isKnown({ wish, found }: ClusterContext, name: string): boolean {
  return wish.releases.some((release) => release.name === name) || ownValue(found.record.releases, name) !== undefined;
}

function planRelease(context: ClusterContext, release: DesiredRelease): Part {
  const work = atWork(context, release.name);
  if (work !== undefined) return work;
  const component = releaseComponent(release.name);
  const record = ownValue(context.found.record.releases, release.name);
  const rest = context.resting(component, release.digest);
  if (rest !== undefined) return { steps: [], blocked: [resting(component, rest)] };
  if (record !== undefined && record.namespace !== release.namespace)
    return uninstall(context, release.name, record, "it is wanted in another namespace");
  const now = context.found.releases.get(release.name);
  const cause = causeOf(release, record, now);
  if (cause === undefined) return nothing;
  const isPending = now?.status.startsWith("pending-") === true;
  if (now !== undefined && isPending && context.now - now.since < release.timeoutMs)
    return { steps: [], blocked: [waiting(component, `revision ${now.revision} is ${now.status}`)] };
  const image = context.wish.helmImage;
  // validation asks for the image where there are releases
  if (image === undefined) return nothing;
  const step: Step = {
    kind: "installRelease",
    subject: release.name,
    component,
    cause,
    arguments: {
      image,
      digest: release.digest,
      namespace: release.namespace,
      ...(now !== undefined && isPending ? { stuck: { secret: now.secret, uid: now.uid } } : {}),
    },
  };
  return { steps: [step], blocked: [] };
}

function causeOf(
  release: DesiredRelease,
  record: AppliedRelease | undefined,
  now: ObservedRelease | undefined,
): string | undefined {
  if (record === undefined) return "not installed yet";
  if (record.digest !== release.digest) return "chart or values changed";
  if (now === undefined) return "the release is gone";
  if (now.status !== "deployed") return `revision ${now.revision} is ${now.status}`;
  if (now.revision !== record.revision) return `somebody else made revision ${now.revision}`;
  return undefined;
}

function uninstall(context: ClusterContext, name: string, record: AppliedRelease, cause: string): Part {
  const component = releaseComponent(name);
  const rest = context.resting(component, "");
  if (rest !== undefined) return { steps: [], blocked: [resting(component, rest)] };
  const image = context.wish.helmImage ?? record.image;
  const args = { image, namespace: record.namespace };
  return {
    steps: [{ kind: "uninstallRelease", subject: name, component, cause, arguments: args }],
    blocked: [],
  };
}

/** What there is to do about Helm that was started for this release; undefined when it was not. */
function atWork(context: ClusterContext, name: string): Part | undefined {
  const mine = context.jobs.filter(({ job }) => job?.release === name);
  // of two, the one that may still be at work decides
  const helper = mine.find(({ unknown }) => unknown !== undefined) ?? mine[0];
  if (helper?.job === undefined) return undefined;
  const component = releaseComponent(name);
  if (helper.unknown !== undefined) {
    const reason = `whether ${helper.name} is helm at work on it cannot be told: ${helper.unknown}`;
    return { steps: [], blocked: [waiting(component, reason)] };
  }
  const isRunning = helper.state === "running" || helper.state === "paused" || helper.state === "restarting";
  if (!isRunning || context.now >= helper.job.until) return settle(helper);
  return { steps: [], blocked: [waiting(component, `helm is at work on its ${helper.job.operation}`)] };
}

function settle({ id, job }: ObservedHelper): Part {
  if (job === undefined) return nothing;
  const component = releaseComponent(job.release);
  const cause = "helm has ended, or should have";
  return {
    steps: [{ kind: "finishRelease", subject: job.release, component, cause, arguments: { id, job } }],
    blocked: [],
  };
}
