// Runs a plan in its order. A failed step stops its component and those that depend on it; the others go on.
import { isVerdictInForce } from "#shared/reconcile/container/target.ts";
import { reasonOf } from "#shared/reason-of.ts";
import { exitCodeOf, isFlexkubeError } from "#shared/errors.ts";
import type { FlexkubeError } from "#shared/errors.ts";
import { stepWords } from "#shared/reconcile/print.ts";
import type { FileCommit, Plan, Step, StepKind, StepOf } from "#shared/state/step.ts";
import { eachAlone } from "./commit-parts.ts";
import type { Outcome } from "./commit-parts.ts";
import { dependents } from "./dependents.ts";
import type { Lasting } from "#agent/log/round-log.ts";
import type { Effects } from "#agent/effects/effects.ts";
import { handlers } from "./handlers.ts";
import { lastWords } from "./last-words.ts";
import { imageOfStep, stepTraits } from "#shared/state/step-traits.ts";
import { refusedVerdict } from "#shared/reconcile/ledger/failed-verdict.ts";
import { withVerdict } from "#shared/reconcile/ledger/ledger-after.ts";
import { keep } from "#agent/effects/remember.ts";

export type StepFailure = { readonly step: Step; readonly error: Error };

export type Execution = {
  /** Steps that succeeded, in order. */
  readonly done: readonly Step[];
  readonly failures: readonly StepFailure[];
  /** Look again at once: what happened calls for a new plan rather than for a pause. */
  readonly again: boolean;
  /**
   * Components whose container that runs to its end did not work, and those that depend on them: the next tick tries
   * again, not this one.
   */
  readonly resting: ReadonlySet<string>;
  /** Components of which steps were left out, or not done, since one failed or has to wait. */
  readonly stopped: ReadonlySet<string>;
  /** The signal ended it before its end. */
  readonly aborted: boolean;
};

/**
 * Never throws for a step that fails; the failures are in the result. `resting`: components whose steps are left out,
 * as an execution of the same tick has told.
 */
export async function executePlan(
  plan: Plan,
  effects: Effects,
  resting: ReadonlySet<string> = new Set(),
): Promise<Execution> {
  const ids = new Map<string, string>();
  const failed = new Set<string>(resting);
  const done: Step[] = [];
  const failures: StepFailure[] = [];
  const rests = new Set(resting);
  let waits = false;
  const end = (): Pick<Execution, "done" | "failures" | "resting" | "stopped"> => {
    const stopped = new Set([...failed].filter((component) => !resting.has(component)));
    return { done, failures, resting: rests, stopped };
  };
  for (const planned of plan.steps) {
    if (effects.signal.aborted) return { ...end(), again: false, aborted: true };
    const step = without(planned, failed);
    if (step === undefined) continue;
    const run = async (one: Step): Promise<Error | undefined> => {
      effects.progress?.begin(one, done);
      return runStep(one, effects, ids);
    };
    for (const { step: tried, error } of await attempt(step, effects, run)) {
      if (error === undefined) {
        done.push(tried);
        continue;
      }
      if (effects.signal.aborted && !isFlexkubeError(error)) return { ...end(), again: false, aborted: true };
      // the rest of the plan was made before the death
      if (isFlexkubeError(error, "STEP_CUT_SHORT")) return { ...end(), again: true, aborted: false };
      // somebody else is at work: no failure, and the next plan says who
      if (isFlexkubeError(error, "STEP_WAITING")) waits = true;
      else failures.push({ step: tried, error });
      const stopped = dependents(effects.desired, componentsOf(tried, plan));
      for (const component of stopped) failed.add(component);
      if (isOnce(tried, effects)) stopped.forEach((component) => rests.add(component));
    }
  }
  const again = waits || failures.some((failure) => !isOnce(failure.step, effects) && callsForNewPlan(failure));
  return { ...end(), again, aborted: false };
}

/** What became of the step, or of its parts where it is one that others need not fail with. */
async function attempt(
  step: Step,
  effects: Effects,
  run: (step: Step) => Promise<Error | undefined>,
): Promise<readonly Outcome[]> {
  const error = await run(step);
  return error === undefined ? [{ step, error }] : eachAlone({ step, error }, effects, run);
}

function isOnce(step: Step, { desired }: Effects): boolean {
  return desired.containers.some(({ component, once }) => component === step.component && once !== undefined);
}

async function runStep(step: Step, effects: Effects, ids: Map<string, string>): Promise<Error | undefined> {
  const { log, clock } = effects;
  const begun = clock.now();
  const about = { ...nameOf(step), cause: step.cause };
  try {
    await handle(step, effects, ids);
    log.info({ ...about, ms: Math.round(clock.now() - begun) }, "step done");
    return undefined;
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    if (effects.signal.aborted && !isFlexkubeError(error)) {
      log.info(about, "step left for the next tick");
      return error;
    }
    if (isFlexkubeError(error, "STEP_WAITING")) {
      log.lasts(
        stuck(step, { level: "info", message: "step waits for other hosts", is: { reason: error.details.reason } }),
      );
      return error;
    }
    if (isFlexkubeError(error, "STEP_CUT_SHORT")) {
      log.info({ ...about, reason: error.details.reason }, "wait cut short for another container");
      return error;
    }
    const ms = Math.round(clock.now() - begun);
    log.lasts(stuck(step, { level: "warn", message: "step failed", is: { ...detailsOf(error), ms } }));
    await judge(step, error, effects, ids);
    return error;
  }
}

/** The next tick tries it again, and each after it, until it can be done or is not wanted any more. */
function stuck(step: Step, what: Pick<Lasting, "level" | "message" | "is">): Lasting {
  return { ...what, over: "step is held up no longer", about: nameOf(step), also: { cause: step.cause } };
}

/** The name of a helper is drawn by chance, so it is told apart: the next tick's is another one, and the trouble the same. */
function nameOf(step: Step): { readonly step: string; readonly component: string; readonly helper?: string } {
  const { kind, subject, component } = step;
  return kind === "removeHelper"
    ? { step: "remove a helper", helper: subject, component }
    : { step: stepWords(step), component };
}

async function handle<Kind extends StepKind>(
  step: StepOf<Kind>,
  effects: Effects,
  ids: Map<string, string>,
): Promise<void> {
  // the table has the handler of exactly this kind; TypeScript cannot follow the union through an index
  const handler = handlers[step.kind] as (
    step: StepOf<Kind>,
    effects: Effects,
    ids: Map<string, string>,
  ) => Promise<void>;
  await handler(step, effects, ids);
}

/**
 * The engine's refusal of a container or of its files is a verdict on what the config asks for. While one is in force,
 * what is made and started is what was there before, which no refusal tells anything about.
 */
async function judge(step: Step, error: unknown, effects: Effects, ids: Map<string, string>): Promise<void> {
  if (!isRefusal(step, error)) return;
  const desired = effects.desired.containers.find((container) => container.name === step.subject);
  if (desired === undefined) return;
  const ledger = effects.ledger.read();
  const before = ledger.verdicts[step.subject];
  const same = before?.digest === desired.digest && before.config === effects.desired.config;
  if (same && step.kind !== "checkFiles" && isVerdictInForce(before, effects.clock.now())) return;
  const id = ids.get(step.subject);
  const seen = id === undefined ? {} : await lastWords(id, effects);
  const reason = reasonOf(error);
  await effects.record({ kind: "refused", component: step.component, container: step.subject, cause: reason, ...seen });
  // there is no way back for one that runs to its end
  if (desired.once !== undefined) return;
  const tried = { name: step.subject, digest: desired.digest, config: effects.desired.config };
  const failure = { reason, now: effects.clock.now(), engineError: isEngineError(error) };
  await keep(withVerdict(ledger, step.subject, refusedVerdict(ledger, tried, failure)), effects);
}

/** An answer of 500 or more: the container may be at fault, or a full disk, or the engine itself. */
function isEngineError(error: unknown): boolean {
  return isFlexkubeError(error, "ENGINE_REFUSED") && error.details.status >= 500;
}

function isRefusal({ kind }: Step, error: unknown): boolean {
  return isFlexkubeError(error) && stepTraits[kind].refusedBy.includes(error.code);
}

function callsForNewPlan({ step, error }: StepFailure): boolean {
  return isRefusal(step, error) || isOutdated(step, error);
}

function isOutdated({ kind }: Step, error: Error): boolean {
  if (!isFlexkubeError(error) || !stepTraits[kind].outdatedBy.includes(error.code)) return false;
  return !isFlexkubeError(error, "ENGINE_REFUSED") || isEngineError(error);
}

/** The step without what belongs to failed components; undefined when nothing is left. */
function without(step: Step, failed: ReadonlySet<string>): Step | undefined {
  if (step.kind !== "commitFiles") return failed.has(step.component) ? undefined : step;
  const good = <Item extends { readonly component: string }>(items: readonly Item[]): readonly Item[] =>
    items.filter((item) => !failed.has(item.component));
  const { directories, fresh, replaced, removed } = step.arguments;
  const rest: FileCommit = {
    directories: directories.filter(({ components }) => components.some((component) => !failed.has(component))),
    fresh: good(fresh),
    replaced: good(replaced),
    removed: good(removed),
  };
  const empty = rest.directories.length + rest.fresh.length + rest.replaced.length + rest.removed.length === 0;
  return empty ? undefined : { ...step, arguments: rest };
}

/** Whom its steps serve. */
export function componentsIn(plan: Plan): readonly string[] {
  return [...new Set(plan.steps.flatMap((step) => componentsOf(step, plan)))];
}

/** Whom a failed step stops: a batch and an image serve several components. */
function componentsOf(step: Step, plan: Plan): readonly string[] {
  if (step.kind === "commitFiles") {
    const { directories, fresh, replaced, removed } = step.arguments;
    return [
      ...directories.flatMap(({ components }) => components),
      ...[...fresh, ...replaced, ...removed].map(({ component }) => component),
    ];
  }
  // a helper is nobody's
  if (step.component === "") return [];
  if (step.kind !== "fetchImage") return [step.component];
  const users = plan.steps.filter((other) => imageOfStep(other) === step.subject);
  return [step.component, ...users.map((other) => other.component)];
}

function detailsOf(error: unknown): {
  readonly err?: unknown;
  readonly code?: string;
  readonly details?: FlexkubeError["details"];
  readonly exitCode: number;
} {
  return isFlexkubeError(error)
    ? { code: error.code, details: error.details, exitCode: exitCodeOf(error) }
    : // only a bug needs to be told with its stack
      { err: error, exitCode: exitCodeOf(error) };
}
