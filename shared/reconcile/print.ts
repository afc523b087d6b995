// The plan as text: the dry run, the log and the test oracle. Never any content of a file.
import { restoreNames } from "#shared/backup/restore-id.ts";
import { rowsText } from "#shared/printable.ts";
import { objectText } from "#shared/state/applied-objects.ts";
import { isOwner, onTheWay } from "./container/given-directories.ts";
import type { Blocked, FileCommit, Plan, Step, StepOf } from "#shared/state/step.ts";

/** A line per step, with its files below it; then what is blocked and warnings. "nothing to do" for an empty plan. */
export function printPlan(plan: Plan): string {
  const lines = [
    ...plan.steps.flatMap(stepLines),
    ...plan.blocked.flatMap(blockedLines),
    ...plan.warnings.map((warning) => `! ${warning}`),
  ];
  const all = [...(lines.length === 0 ? ["nothing to do"] : lines), ...(plan.notes ?? []).map((note) => `# ${note}`)];
  return rowsText(all);
}

/** The same, a line each. */
export function planLines(plan: Plan): readonly string[] {
  return printPlan(plan).trimEnd().split("\n");
}

/** One step, with its files below it. */
export function stepLines(step: Step): readonly string[] {
  if (step.kind === "commitFiles") return [printStep(step), ...fileLines(step.arguments)];
  return step.kind === "giveDirectories" ? [printStep(step), ...givenLines(step.arguments)] : [printStep(step)];
}

/** What is blocked on one line, with its details below. */
export function blockedLines({
  container,
  reason,
  code,
  details = [],
}: Omit<Blocked, "code"> & { readonly code: string }): readonly string[] {
  return [`! ${container}: ${reason} (${code})`, ...details.map((line) => `    ${line}`)];
}

/** One step on one line, such as `stop etcd-h1 (image changed from a to b)`. */
export function printStep(step: Step): string {
  return `${stepWords(step)} (${step.cause})`;
}

/** The same without its cause, which may be another one at the next try. */
export function stepWords(step: Step): string {
  switch (step.kind) {
    case "removeHelper":
      return `remove helper ${step.subject}`;
    case "fetchImage":
      return `fetch image ${step.arguments.image}`;
    case "commitFiles":
      return `change files: ${countFiles(step.arguments)}`;
    case "giveDirectories":
      return `give directories of ${step.subject} to its user`;
    case "restoreData":
      return `restore ${step.arguments.snapshot} for ${step.subject} in ${step.arguments.dataDirectory}/${restoreNames(step.arguments.restore).pending}`;
    case "swapData":
      return `put the restored data of ${step.subject} in place, the former in ${step.arguments.dataDirectory}/${restoreNames(step.arguments.restore).before}`;
    case "renameContainer":
      return `rename ${step.arguments.from} to ${step.arguments.to}`;
    case "updateContainer":
      return `update ${step.subject}${step.arguments.restart === undefined ? "" : ` restart=${step.arguments.restart}`}${step.arguments.resources === undefined ? "" : " limits"}`;
    case "createContainer":
      return `create ${step.subject} from ${step.arguments.spec.image}${step.arguments.start === undefined ? "" : ` start=${step.arguments.start}`}`;
    case "startContainer":
      return `start ${step.subject}`;
    case "stopContainer":
      return `stop ${step.subject} within ${step.arguments.timeoutSeconds}s`;
    case "removeContainer":
      return `remove ${step.arguments.old === true ? "the old " : ""}${step.subject}`;
    case "mendHost":
      return `mend the host for ${step.subject}: ${step.arguments.mends.join(" ")}`;
    case "checkFiles":
      return `check files of ${step.subject}`;
    case "signalContainer":
      return `signal ${step.subject} ${step.arguments.signal}`;
    case "waitHealthy":
      return `wait until ${step.subject} ${step.arguments.once === undefined ? "is healthy" : "has ended"}, at most ${step.arguments.probe.deadline}`;
    case "takeDisruption":
      return `take the disruption lock for ${step.subject}${step.arguments.required ? "" : " if it can be had"}`;
    case "freeDisruption":
      return `free the disruption lock of ${step.subject}${step.arguments.failed === undefined ? "" : ` and tell other hosts that it failed`}`;
    case "recordFailure":
      return `record the failure of ${step.subject}`;
    case "settleVerdict":
      return `remember ${step.subject} as ${step.arguments.verdict?.state ?? "untried"}`;
    default:
      return clusterWords(step);
  }
}

type ClusterKind =
  | "patchNode"
  | "applyManifest"
  | "pruneObjects"
  | "installRelease"
  | "uninstallRelease"
  | "finishRelease";

function clusterWords(step: StepOf<ClusterKind>): string {
  switch (step.kind) {
    case "patchNode":
      return `patch node ${step.subject}: ${step.arguments.changes.join(", ")}`;
    case "applyManifest":
      return `apply manifest ${step.subject}`;
    case "pruneObjects":
      return pruneWords(step);
    case "installRelease":
      return `install release ${step.subject} in ${step.arguments.namespace}`;
    case "uninstallRelease":
      return `uninstall release ${step.subject} from ${step.arguments.namespace}`;
    case "finishRelease":
      return `settle the ${step.arguments.job.operation} of release ${step.subject}`;
  }
}

function pruneWords({ subject, arguments: { deletes, forgets } }: StepOf<"pruneObjects">): string {
  const parts = [
    ...deletes.map((object) => `delete ${objectText(object)}`),
    ...forgets.map((object) => `forget ${objectText(object)}`),
  ];
  return `prune manifest ${subject}: ${parts.length === 0 ? "forget it" : parts.join(", ")}`;
}

function fileLines({ directories, fresh, replaced, removed }: FileCommit): readonly string[] {
  return [
    ...directories.map(({ path, emptyFile }) => `    make ${emptyFile === true ? "file" : "directory"} ${path}`),
    ...fresh.map(({ path }) => `    write ${path}`),
    ...replaced.map(({ path }) => `    replace ${path}`),
    ...removed.map(({ path }) => `    remove ${path}`),
  ];
}

function givenLines({ directories }: StepOf<"giveDirectories">["arguments"]): readonly string[] {
  return directories.map(
    ({ path, holds, found, uid, gid }) =>
      `    ${holds} directory ${path}: owner ${isOwner(found, onTheWay) ? "on the way" : `${found.uid}:${found.gid}`} -> ${uid}:${gid}`,
  );
}

function countFiles({ directories, fresh, replaced, removed }: FileCommit): string {
  const counts = [
    [directories.length, "made"],
    [fresh.length, "written"],
    [replaced.length, "replaced"],
    [removed.length, "removed"],
  ] as const;
  return counts
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count} ${what}`)
    .join(", ");
}
