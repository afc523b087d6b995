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
import { version } from "#shared/version.ts";
import { buildAgent } from "./build-agent.ts";
import type { Environment } from "./environment.ts";
import type { Options } from "./options.ts";
import { createPreflight } from "./check-engine.ts";
import { printProblems } from "./print-problems.ts";

/** Exit codes as in the README; 70 also when something is blocked or unhealthy. */
export async function applyCommand(options: Options, environment: Environment): Promise<number> {
  const { agent, hub, sightings, close } = await buildAgent(options, environment, "apply");
  const end = new AbortController();
  const signal = AbortSignal.any([environment.signal, end.signal]);
  const events = Promise.all([hub.run(signal), agent.applierLease.run(signal)]);
  try {
    await createPreflight(agent.engine, agent.log)();
    await beginAgain(agent);
    const { signal: stop } = environment;
    const source = { file: options.config, host: options.host, allowOlder: options.allowOlder };
    const told = { onReport: () => undefined, onProgress: () => undefined };
    const about = { agent, version, signal: stop, boot: await readBoot(), source, ...told };
    const { report, tick, error } = await runTick(about, { count: 1, before: await agent.state.readReport() });
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
    if (error instanceof Error && environment.signal.aborted) return exitCodeOf(error);
    throw error;
  } finally {
    end.abort();
    await events;
    await keepSightings(sightings, agent);
    close();
  }
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

/** Ends a former reset; where nothing can be written, none is in force. */
async function beginAgain({ state, log }: Agent): Promise<void> {
  try {
    await state.setStopped(undefined);
  } catch (error) {
    if (!isFlexkubeError(error, "FILES_UNWRITABLE") || (await state.stoppedSince()) !== undefined) throw error;
    log.warn({ err: error, details: error.details }, "the state directory takes nothing");
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
