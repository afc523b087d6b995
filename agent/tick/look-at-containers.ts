// Which containers are ours, and what the engine says of each. What it cannot say of one stops no other.
import type { ContainerDetails, ContainerSummary, Engine } from "#agent/engine/engine.ts";
import { labelKeys, parseJob, parseOwnership } from "#agent/engine/labels.ts";
import type { Ownership } from "#agent/engine/labels.ts";
import { events, steadyTimesOf } from "#agent/facts/steady-times.ts";
import type { SteadyTimes } from "#agent/facts/steady-times.ts";
import { isCopied, labelsOfImage, lookDeadlineMs, whose } from "#agent/self/whose-container.ts";
import type { ImageSources, Labelled } from "#agent/self/whose-container.ts";
import { reasonOf } from "#shared/reason-of.ts";
import { FlexkubeError, isFlexkubeError } from "#shared/errors.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import type {
  HelmJob,
  ForeignContainer,
  ObservedContainer,
  ObservedHelper,
  ObservedState,
  UnknownContainer,
} from "#shared/state/observed.ts";

export type LookSources = ImageSources & {
  readonly engine: Pick<Engine, "inspect">;
  readonly times: SteadyTimes;
  readonly desired: Pick<DesiredState, "cluster" | "host">;
};

/** A list by labels alone. */
export type Listed = {
  readonly ours: readonly Labelled[];
  readonly elsewhere: readonly Labelled[];
  readonly helpers: readonly ContainerSummary[];
  readonly foreign: readonly ForeignContainer[];
};

/** Temporary containers; any that is there now was left behind. */
const helperPurposes = ["config", "check", "mend", "kubectl", "helm", "lock", "firewall", "restore"] as const;

export function sortOut(all: readonly ContainerSummary[], desired: Pick<DesiredState, "cluster" | "host">): Listed {
  const ours: Labelled[] = [];
  const elsewhere: Labelled[] = [];
  const helpers: ContainerSummary[] = [];
  const foreign: ForeignContainer[] = [];
  for (const summary of all) {
    const ownership = parseOwnership(summary.labels);
    if (ownership !== undefined)
      (ownership.cluster === desired.cluster && ownership.host === desired.host ? ours : elsewhere).push({
        summary,
        ownership,
      });
    else if (isHelper(summary)) helpers.push(summary);
    else foreign.push({ id: summary.id, name: summary.name });
  }
  return { ours, elsewhere, helpers, foreign };
}

/** By label and by name: an image can carry the one, and chance gives nobody the other. */
function isHelper({ name, labels }: ContainerSummary): boolean {
  const purpose = helperPurposes.find((word) => word === labels[labelKeys.helper]);
  return purpose !== undefined && name.startsWith(`flexkube-${purpose}-`);
}

/**
 * Looks at each of ours. Labels that come from a container's image make nothing ours: `docker commit` puts those of a
 * container on the image. Throws CONFIG_OTHER_CLUSTER when the host belongs to another cluster or host config.
 */
export async function lookAtContainers(
  listed: Listed,
  sources: LookSources,
): Promise<Pick<ObservedState, "containers" | "unknownContainers" | "foreign" | "helpers">> {
  const [ours, elsewhere, helpers] = await Promise.all([
    Promise.all(listed.ours.map(async (container) => lookAtOne(container, sources))),
    Promise.all(
      listed.elsewhere.map(async (container) => ({ ...container, copied: await isCopied(container, sources) })),
    ),
    Promise.all(listed.helpers.map(async (helper) => lookAtHelper(helper, sources))),
  ]);
  const other = elsewhere.find((container) => !container.copied);
  if (other !== undefined) throw otherCluster(other, sources.desired);
  const all = [...ours, ...helpers, ...elsewhere.map(({ summary }) => copied(summary))];
  return {
    containers: all.flatMap((found) => (found.as === "ours" ? [found.container] : [])).toSorted(byName),
    unknownContainers: all.flatMap((found) => (found.as === "unknown" ? [found.container] : [])).toSorted(byName),
    helpers: all.flatMap((found) => (found.as === "helper" ? [found.container] : [])),
    foreign: [...listed.foreign, ...all.flatMap((found) => (found.as === "foreign" ? [found.container] : []))],
  };
}

type Found =
  | { readonly as: "ours"; readonly container: ObservedContainer }
  | { readonly as: "unknown"; readonly container: UnknownContainer }
  | { readonly as: "helper"; readonly container: ObservedHelper }
  | { readonly as: "foreign"; readonly container: ForeignContainer }
  | { readonly as: "gone" };

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}

function copied({ id, name }: ContainerSummary): Found {
  return { as: "foreign", container: { id, name, labelsOf: "image" } };
}

function otherCluster(
  { summary, ownership }: Labelled,
  desired: LookSources["desired"],
): FlexkubeError<"CONFIG_OTHER_CLUSTER"> {
  return new FlexkubeError(
    "CONFIG_OTHER_CLUSTER",
    "this Docker host already belongs to another cluster or host config",
    {
      wanted: `${desired.cluster}/${desired.host}`,
      found: `${ownership.cluster}/${ownership.host}`,
      container: summary.name,
    },
  );
}

async function lookAtOne(container: Labelled, sources: LookSources): Promise<Found> {
  const { summary, ownership } = container;
  const { signal } = sources;
  try {
    if ((await whose(container, sources)) === "image") return copied(summary);
    const details = await lookTwice(summary, sources);
    return { as: "ours", container: observed(details, ownership, sources.times) };
  } catch (error) {
    // it went away between the list and the look
    if (isFlexkubeError(error, "ENGINE_NOT_FOUND")) return { as: "gone" };
    signal.throwIfAborted();
    if (!isFlexkubeError(error)) throw error;
    const { component, container: wanted } = ownership;
    const { id, name } = summary;
    return { as: "unknown", container: { id, name, component, container: wanted, reason: reasonOf(error) } };
  }
}

/** What the list and the look tell differently is looked at once more: a change in between, or an engine that is wrong once. */
async function lookTwice(summary: ContainerSummary, { engine, signal }: LookSources): Promise<ContainerDetails> {
  const look = async (): Promise<ContainerDetails> =>
    engine.inspect(summary.id, { signal, deadlineMs: lookDeadlineMs });
  const first = await look().catch((error: unknown) => {
    if (isFlexkubeError(error, "ENGINE_NOT_FOUND")) return undefined;
    throw error;
  });
  const isSame = first !== undefined && first.state === summary.state && first.name === summary.name;
  return isSame ? first : look();
}

/** One that cannot be told from a copy is left for the next look, and Helm in it may be at work. */
async function lookAtHelper(summary: ContainerSummary, sources: LookSources): Promise<Found> {
  const { id, name, labels } = summary;
  const job = parseJob(labels);
  const state = stateOf(summary.state);
  try {
    const inherited = await labelsOfImage(summary, sources);
    if (inherited?.[labelKeys.helper] !== undefined) return copied(summary);
  } catch (error) {
    sources.signal.throwIfAborted();
    if (!isFlexkubeError(error)) throw error;
    return job === undefined
      ? { as: "gone" }
      : { as: "helper", container: { id, name, job, state, unknown: reasonOf(error) } };
  }
  if (job === undefined) return { as: "helper", container: { id, name } };
  const until = await endOf(job, id, sources);
  return { as: "helper", container: { id, name, job: { ...job, until }, state } };
}

/** As `Clock.now` counts: its label and its container were stamped by the machine's clock, one right after the other. */
async function endOf({ until }: HelmJob, id: string, { engine, times, signal }: LookSources): Promise<number> {
  try {
    const { createdAt } = await engine.inspect(id, { signal, deadlineMs: lookDeadlineMs });
    return times.of(events.created(id), createdAt) + until - createdAt.epochMs;
  } catch (error) {
    signal.throwIfAborted();
    if (!isFlexkubeError(error)) throw error;
    return Number.MAX_SAFE_INTEGER;
  }
}

const states: readonly ObservedContainer["state"][] = [
  "created",
  "running",
  "paused",
  "restarting",
  "removing",
  "exited",
  "dead",
];

function stateOf(text: string): ObservedContainer["state"] {
  return states.find((state) => state === text) ?? "dead";
}

function observed(details: ContainerDetails, ownership: Ownership, times: SteadyTimes): ObservedContainer {
  return {
    id: details.id,
    pid: details.pid,
    name: details.name,
    component: ownership.component,
    container: ownership.container,
    specHash: ownership.specHash,
    image: details.image,
    user: details.user,
    state: stateOf(details.state),
    ...steadyTimesOf(details, times),
    startStamp: details.startedAt?.epochMs,
    exitCode: details.exitCode,
    oomKilled: details.oomKilled,
    startRefusal: details.error === "" ? undefined : details.error,
    restartCount: details.restartCount,
    restart: details.restart,
    resources: details.resources,
    networks: details.networks,
    start: ownership.start,
  };
}
