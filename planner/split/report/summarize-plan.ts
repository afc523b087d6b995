// What an agent will do, in a few lines that are the same on every host where the same happens: counts of what is new, and what becomes
// of each container that is there, with its cause. printPlan has every step.
import { blockedLines, printStep } from "#shared/reconcile/print.ts";
import type { Plan, Step, StepKind } from "#shared/state/step.ts";
import { someOf } from "#shared/some-of.ts";

const shownImages = 2;
const shownNames = 12;
const notThere = "not there";

/**
 * How the summary tells a kind of step: `container` as part of what becomes of its container, `count` in the line of counts, `step` in the
 * plan's own words, `hidden` not at all, since it only goes with one that is told.
 */
const tellings: Readonly<Record<StepKind, "container" | "count" | "step" | "hidden">> = {
  removeHelper: "hidden",
  fetchImage: "count",
  commitFiles: "count",
  giveDirectories: "step",
  restoreData: "step",
  swapData: "step",
  renameContainer: "container",
  updateContainer: "container",
  createContainer: "container",
  startContainer: "container",
  stopContainer: "container",
  removeContainer: "container",
  mendHost: "step",
  checkFiles: "hidden",
  signalContainer: "container",
  waitHealthy: "hidden",
  recordFailure: "step",
  takeDisruption: "hidden",
  freeDisruption: "hidden",
  patchNode: "step",
  applyManifest: "count",
  pruneObjects: "step",
  installRelease: "step",
  uninstallRelease: "step",
  finishRelease: "step",
  settleVerdict: "step",
};

type Act = { readonly name: string; readonly verb: string; readonly cause: string; readonly isLocked: boolean };

/** "nothing to do" for an empty plan. Containers are named without the host's name at their end, so that hosts compare. */
export function planSummary(plan: Plan, host: string): readonly string[] {
  const titles = titlesIn(plan, host);
  const acts = actsOf(plan.steps);
  const fresh = acts.filter(isFresh);
  const lines = [
    ...countsLine(plan.steps, fresh),
    ...actLines(acts.filter((act) => !isFresh(act))),
    ...plan.steps.filter(({ kind }) => tellings[kind] === "step").map(printStep),
    ...plan.blocked.flatMap((blocked) => blockedLines({ ...blocked, details: [] })),
    ...plan.warnings.map((warning) => `! ${warning}`),
  ];
  // such as the removal of what a helper left
  const told = lines.length === 0 ? plan.steps.map(printStep) : lines;
  const all = [...(told.length === 0 ? ["nothing to do"] : told), ...(plan.notes ?? []).map((note) => `# ${note}`)];
  return all.map((line) => titles.reduce((text, { pattern, title }) => text.replaceAll(pattern, () => title), line));
}

/** How a container that has the host's name at its end is called on all of them: etcd-h1 is etcd. */
function titlesIn(
  { steps, blocked }: Plan,
  host: string,
): readonly { readonly pattern: RegExp; readonly title: string }[] {
  const end = `-${host}`;
  const names = new Set([...steps.map(({ subject }) => subject), ...blocked.map(({ container }) => container)]);
  return [...names]
    .filter((name) => name.endsWith(end) && name.length > end.length)
    .map((name) => ({
      pattern: new RegExp(`(?<![\\w.-])${name.replaceAll(/[^\w-]/g, "\\$&")}(?![\\w-])`, "g"),
      title: name.slice(0, -end.length),
    }));
}

function isFresh({ verb, cause }: Act): boolean {
  return verb === "create" && cause === notThere;
}

/** What becomes of each container, in the order of the plan. */
function actsOf(steps: readonly Step[]): readonly Act[] {
  const about = steps.filter(({ kind }) => tellings[kind] === "container");
  const locked = new Set(steps.filter(({ kind }) => kind === "takeDisruption").map(({ subject }) => subject));
  return [...new Set(about.map(({ subject }) => subject))].map((subject) => {
    const own = about.filter((step) => step.subject === subject);
    return { name: subject, ...verbOf(own), isLocked: locked.has(subject) };
  });
}

/** The cause is that of the first step, or of the creation: what comes before only makes room for it. */
function verbOf(steps: readonly Step[]): Pick<Act, "verb" | "cause"> {
  const find = (...kinds: readonly StepKind[]): Step | undefined => steps.find(({ kind }) => kinds.includes(kind));
  const create = find("createContainer");
  const stop = find("stopContainer");
  const cause = (create ?? stop ?? steps[0])?.cause ?? "";
  if (create !== undefined)
    return {
      verb: find("stopContainer", "removeContainer", "renameContainer") === undefined ? "create" : "replace",
      cause,
    };
  if (find("startContainer") !== undefined) return { verb: stop === undefined ? "start" : "restart", cause };
  if (find("removeContainer") !== undefined) return { verb: "remove", cause };
  return { verb: stop === undefined ? steps.map(smallVerb).join(" and ") : "stop", cause };
}

/** Of a step after which the same container goes on, or stays as it is. */
function smallVerb(step: Step): string {
  if (step.kind === "signalContainer") return `signal ${step.arguments.signal} to`;
  if (step.kind === "updateContainer") return "update";
  return "rename";
}

/** A line for each act and cause, whatever number of containers. */
function actLines(acts: readonly Act[]): readonly string[] {
  const groups = Map.groupBy(acts, ({ verb, cause, isLocked }) => JSON.stringify([verb, cause, isLocked]));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const names = someOf(namesOf(group), shownNames);
    return [`${first.verb} ${names} (${first.cause})${first.isLocked ? ", one host at a time" : ""}`];
  });
}

function namesOf(acts: readonly Act[]): readonly string[] {
  return acts.map(({ name }) => name);
}

function countsLine(steps: readonly Step[], fresh: readonly Act[]): readonly string[] {
  const images = steps.flatMap((step) => (step.kind === "fetchImage" ? [step.arguments.image] : []));
  const manifests = steps.flatMap((step) => (step.kind === "applyManifest" ? [step.subject] : []));
  const isAllNew = steps.every(({ kind, cause }) => kind !== "createContainer" || cause === notThere);
  const parts = [
    ...(images.length === 0 ? [] : [images.length > shownImages ? count(images.length, "image") : imagesText(images)]),
    ...filesText(steps, fresh.length === 0 || !isAllNew),
    ...(manifests.length === 0 ? [] : [`${count(manifests.length, "manifest")}: ${someOf(manifests, shownNames)}`]),
    ...(fresh.length === 0 ? [] : [`${count(fresh.length, "new container")}: ${someOf(namesOf(fresh), shownNames)}`]),
  ];
  return parts.length === 0 ? [] : [parts.join(", ")];
}

function imagesText(images: readonly string[]): string {
  return `image${images.length === 1 ? "" : "s"} ${images.join(" and ")}`;
}

/** Directories are told only where nothing else is. */
function filesText(steps: readonly Step[], saysWhose: boolean): readonly string[] {
  const all = steps.flatMap((step) => (step.kind === "commitFiles" ? [step.arguments] : []));
  const written = all.flatMap(({ fresh, replaced }) => [...fresh, ...replaced]);
  const made = all.flatMap(({ directories }) => directories);
  // what a directory held that is made anew is no news
  const removed = all
    .flatMap((commit) => commit.removed)
    .filter(({ component }) => !written.some((file) => file.component === component));
  const owners = [...new Set([...written, ...removed].map(({ component }) => component))].filter((name) => name !== "");
  const whose = !saysWhose || owners.length === 0 ? "" : ` of ${someOf(owners, shownNames)}`;
  const parts = [
    ...(written.length === 0 ? [] : [count(written.length, "file")]),
    ...(removed.length === 0 ? [] : [`${count(removed.length, "path")} removed`]),
  ];
  if (parts.length > 0) return [`${parts.join(" and ")}${whose}`];
  return made.length === 0 ? [] : [made.length === 1 ? "1 directory" : `${made.length} directories`];
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
