// `apply`: one tick, then the end.
import { rowsText } from "#shared/printable.ts";
import { readBoot } from "#agent/facts/boot.ts";
import { runTick } from "#agent/tick/run-tick.ts";
import type { Report } from "#agent/report/report.ts";
import type { Agent } from "#agent/tick/tick.ts";
import type { Sightings } from "#agent/kubernetes/lease-sightings.ts";
import { reasonOf } from "#shared/reason-of.ts";
import { exitCodeOf, exitCodes, isFlexkubeError } from "#shared/errors.ts";
import { blockedLines, stepLines } from "#shared/reconcile/print.ts";
import { outputVersion } from "#shared/output/pieces.ts";
import type { DifferencesOutput } from "#agent/output/plan-output.ts";
import { version } from "#shared/version.ts";
import { buildAgent } from "./build-agent.ts";
import type { Environment } from "./environment.ts";
import type { Options } from "./options.ts";
import { acceptOnly, lookAgain, readSavedPlan } from "./saved-plan.ts";
import { createPreflight } from "./check-engine.ts";
import { printProblems } from "./print-problems.ts";
import { reportedSource } from "./reported-source.ts";

/** Exit codes as in the README; 70 also when something is blocked or unhealthy, 2 when a saved plan is not that of this moment. */
export async function applyCommand(options: Options, environment: Environment): Promise<number> {
  const saved = options.plan === undefined ? undefined : await readSavedPlan(options.plan);
  const built = await buildAgent(options, environment, "apply");
  const { agent, hub, sightings, close } = built;
  const end = new AbortController();
  const signal = AbortSignal.any([environment.signal, end.signal]);
  const events = Promise.all([hub.run(signal), agent.applierLease.run(signal)]);
  try {
    await createPreflight(agent.engine, { log: agent.log, seesHost: agent.tree.free })();
    const { signal: stop } = environment;
    if (saved !== undefined) await lookAgain(saved, built, environment);
    const resetSince = await beginAgain(agent);
    const source = reportedSource(options);
    const told = { onReport: () => undefined, onProgress: () => undefined };
    const about = {
      agent,
      version,
      signal: stop,
      boot: await readBoot(),
      source,
      accept: saved && acceptOnly(saved, environment.clock),
      lockTimeoutMs: options.lockTimeoutMs,
      ...told,
    };
    const { report, tick, error } = await runTick(about, { count: 1, before: await agent.state.readReport() });
    if (resetSince !== undefined && hasNotBegun(error)) await agent.state.setStopped(resetSince);
    if (options.json) environment.print(`${JSON.stringify(report)}\n`);
    else {
      const done = (tick?.executions ?? []).flatMap((execution) => execution.done);
      environment.print(rowsText(done.flatMap(stepLines)));
      environment.printError(rowsText(report.blocked.flatMap(blockedLines)));
      environment.printError(printProblems(report.problems));
      environment.print(`${endOf(report).word}\n`);
    }
    const { exitCode } = endOf(report);
    // a config that is not usable is the first thing to put right
    if (error !== undefined && exitCode !== exitCodes.config) throw error;
    if (error !== undefined) environment.printError(rowsText([reasonOf(error)]));
    return exitCode;
  } catch (error) {
    if (options.json && isFlexkubeError(error, "PLAN_OUTDATED")) environment.print(jsonText(error.details));
    if (isFlexkubeError(error) && environment.signal.aborted) return exitCodeOf(error);
    throw error;
  } finally {
    end.abort();
    await events;
    await keepSightings(sightings, agent);
    close();
  }
}

function jsonText({ differences }: Pick<DifferencesOutput, "differences">): string {
  const output: DifferencesOutput = { version: outputVersion, differences };
  return `${JSON.stringify(output)}\n`;
}

/** For the next `apply`: one alone does not last long enough to see that another host is dead. */
async function keepSightings(sightings: Sightings, { state, log }: Agent): Promise<void> {
  const kept = sightings.kept();
  if (kept === undefined) return;
  try {
    await state.writeSightings(kept);
  } catch (error) {
    if (!isFlexkubeError(error, "FILES_UNWRITABLE")) throw error;
    log.warn({ err: error, details: error.details }, "what was seen of other hosts cannot be kept");
  }
}

/** Another agent is at work, or what was agreed to is not what would be done by now. */
function hasNotBegun(error: Error | undefined): boolean {
  return isFlexkubeError(error) && (error.code === "STEP_LOCKED" || error.code.startsWith("PLAN_"));
}

/** Ends a former reset, and resolves to since when that was; where nothing can be written, none is in force. */
async function beginAgain({ state, log }: Agent): Promise<string | undefined> {
  const since = await state.stoppedSince();
  try {
    await state.setStopped(undefined);
    return since;
  } catch (error) {
    if (!isFlexkubeError(error, "FILES_UNWRITABLE") || (await state.stoppedSince()) !== undefined) throw error;
    log.warn({ err: error, details: error.details }, "the state directory takes nothing");
    return undefined;
  }
}

/** A word for people and the exit code; a change that was taken back is no success, though all its steps went well. */
export function endOf({ result, blocked, problems }: Pick<Report, "result" | "blocked" | "problems">): {
  readonly word: string;
  readonly exitCode: number;
} {
  const failed = result === "failed" || blocked.length > 0;
  return {
    word: failed ? "failed" : result === "settled" ? "nothing to do" : result,
    exitCode: problems.length > 0 ? exitCodes.config : failed ? exitCodes.step : exitCodes.ok,
  };
}
