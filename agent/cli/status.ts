// `status`: the last report with what is so now. Never takes the lock, never probes.
import { rowsText } from "#shared/printable.ts";
import { wallTime } from "#shared/clock.ts";
import { readBoot } from "#agent/facts/boot.ts";
import type { Engine } from "#agent/engine/engine.ts";
import { createEtcdGateway } from "#agent/etcd/gateway.ts";
import { lockedByLoop } from "#agent/presence/locked-by-loop.ts";
import { printStatus } from "#agent/report/print-status.ts";
import { stalenessOf } from "#agent/report/report-age.ts";
import type { Present } from "#agent/report/report-age.ts";
import type { Report } from "#agent/report/report.ts";
import { openStateDirectory } from "#agent/report/state-directory.ts";
import { exitCodes, isFlexkubeError } from "#shared/errors.ts";
import { version } from "#shared/version.ts";
import { lookAtDelivered } from "./delivered-config.ts";
import type { Delivered } from "./delivered-config.ts";
import type { Environment } from "./environment.ts";
import type { Options } from "./options.ts";
import { reportFromEngine, withoutPresentStates, withPresentStates } from "./present-report.ts";
import { outcomeOf } from "./status-outcome.ts";
import type { Outcome } from "./status-outcome.ts";
import { provenReport } from "./proven-report.ts";
import { toldInEtcd } from "./told-in-etcd.ts";

const waitEveryMs = 1000;

/** Exit code 0 whenever there is something to show, however the components are; with --exit-code or --wait the outcome's. */
export async function statusCommand(options: Options, environment: Environment): Promise<number> {
  const { clock, signal } = environment;
  const engine = await environment.connect(options.socket);
  const present: Present = { now: wallTime(clock).epochMs, boot: await readBoot() };
  const end = clock.now() + (options.waitMs ?? 0);
  try {
    let told = "";
    for (;;) {
      const view = await look(options, environment, { engine, present: { ...present, now: wallTime(clock).epochMs } });
      const { outcome } = view;
      if (outcome.exitCode === exitCodes.ok || clock.now() >= end || signal.aborted)
        return show(options, environment, { ...view, present });
      if (outcome.reason !== told) environment.printError(rowsText([`waiting: ${outcome.reason}`]));
      told = outcome.reason;
      await clock.sleep(waitEveryMs, signal).catch(() => undefined);
    }
  } finally {
    engine.close();
  }
}

type View = {
  readonly report: Report | undefined;
  readonly delivered: Delivered;
  readonly outcome: Outcome;
  /** Why the loop of this container does nothing. */
  readonly standsBy?: string | undefined;
  /** Why nothing can be kept on this host. */
  readonly trouble?: string | undefined;
  /** The host config that ticks work with; it has secrets. */
  readonly inForce: string | undefined;
  /** What the engine answered instead. */
  readonly engineError?: Error | undefined;
};

async function look(
  options: Options,
  { clock, patience, otherLoop }: Environment,
  { engine, present }: { readonly engine: Engine; readonly present: Present },
): Promise<View> {
  const state = await openStateDirectory({ directory: options.state, clock, patience });
  const trouble = await state.trouble();
  const kept = await state.readReport();
  const stale = kept && stalenessOf(kept, present);
  const delivered = await lookAtDelivered(options, state, { report: kept, patience });
  const inForce = await state.readConfig("in-force");
  const other = await otherLoop?.(engine);
  const standsBy = other && `${lockedByLoop(other).message}; the one of this container stands by and does nothing`;
  const told = kept && {
    ...kept,
    ...(stale === undefined ? {} : { stale }),
    problems: delivered.problems,
    warnings: [
      ...(standsBy === undefined ? [] : [standsBy]),
      ...new Set([...kept.warnings, ...delivered.warnings]),
      ...troubleWarnings(trouble),
      ...pendingWarnings(delivered, kept),
    ],
    stoppedSince: await state.stoppedSince(),
  };
  // a call under way is bounded by the engine's own deadlines
  const { signal } = new AbortController();
  const { now } = present;
  try {
    const report =
      told === undefined
        ? await reportFromEngine(engine, {
            writtenAt: new Date(now).toISOString(),
            agentVersion: version,
            stale: standsBy ?? `there is no report: ${trouble ?? "the agent has not begun a tick"}`,
            signal,
          })
        : await withPresentStates(told, engine, { now, signal });
    const outcome = outcomeOf({ report, delivered, engineAnswers: true, standsBy, now });
    return { report, delivered, standsBy, trouble, outcome, inForce };
  } catch (error) {
    if (!isFlexkubeError(error) || !error.code.startsWith("ENGINE_")) throw error;
    const outcome = outcomeOf({ report: told, delivered, engineAnswers: false, now });
    return { report: told && withoutPresentStates(told), delivered, trouble, outcome, inForce, engineError: error };
  }
}

/** Without a place for its state the agent works, but its report and its log stand still. */
function troubleWarnings(trouble: string | undefined): readonly string[] {
  return trouble === undefined ? [] : [`${trouble}: this report cannot be renewed`];
}

function pendingWarnings({ pending }: Delivered, { result }: Report): readonly string[] {
  return pending && result !== "stopped" ? ["the given host config is another one, and not in force yet"] : [];
}

async function show(
  options: Options,
  environment: Environment,
  { report, standsBy, trouble, outcome, inForce, engineError, present }: View & { readonly present: Present },
): Promise<number> {
  const { print, printError, clock } = environment;
  print(
    options.json
      ? `${JSON.stringify(report === undefined ? null : await carriedReport(report, inForce, environment))}\n`
      : printStatus(report, { ...present, now: wallTime(clock).epochMs }),
  );
  if (report === undefined) printError(rowsText([standsBy, trouble].filter((line) => line !== undefined)));
  if (engineError !== undefined) {
    const code = isFlexkubeError(engineError) ? ` (${engineError.code})` : "";
    printError(
      rowsText([
        `the engine does not answer at ${options.socket}, so states are those of the report: ${engineError.message}${code}`,
        "--socket or DOCKER_HOST names another socket",
      ]),
    );
  }
  if (outcome.exitCode === exitCodes.engine || options.exitCode) return outcome.exitCode;
  return exitCodes.ok;
}

/** With what the other hosts say, so that one report tells of them too. */
async function carriedReport(report: Report, inForce: string | undefined, { signal }: Environment): Promise<Report> {
  const acknowledgements = await toldInEtcd(inForce, createEtcdGateway, signal);
  return provenReport({ ...report, ...(acknowledgements === undefined ? {} : { acknowledgements }) }, inForce);
}
