// `reset`: removes all that the agent made on this host. The list is the plan towards a host with nothing desired.
import { rowsText } from "#shared/printable.ts";
import { removeOneShot } from "#agent/backup/one-shot.ts";
import { wallTime } from "#shared/clock.ts";
import { labelKeys } from "#agent/engine/labels.ts";
import { agentsContainers } from "#agent/self/whose-container.ts";
import type { Loaded } from "#agent/tick/load-config.ts";
import { makeReport } from "#agent/tick/make-report.ts";
import type { Report } from "#agent/report/report.ts";
import { look, tick } from "#agent/tick/tick.ts";
import type { Agent, Tick, TickExtras } from "#agent/tick/tick.ts";
import { exitCodes, FlexkubeError, isFlexkubeError } from "#shared/errors.ts";
import { refusalIn } from "#shared/sealed/refusal.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import { outputVersion } from "#shared/output/pieces.ts";
import type { ResetOutput } from "#agent/output/plan-output.ts";
import { printPlan } from "#shared/reconcile/print.ts";
import { HostConfig } from "#shared/schema/host-config.ts";
import { version } from "#shared/version.ts";
import { buildAgent } from "./build-agent.ts";
import { dataDirectories } from "./data-directories.ts";
import type { Environment } from "./environment.ts";
import type { Options } from "./options.ts";
import { publicPlan } from "./plan.ts";
import { removeData } from "./remove-data.ts";
import { leavesLines, leavesOf } from "./reset-leaves.ts";

/** With --dry-run the same list and nothing removed. Data directories only with --data. */
export async function resetCommand(options: Options, environment: Environment): Promise<number> {
  const { agent, hub, close } = await buildAgent(options, environment, "look");
  const end = new AbortController();
  const events = hub.run(AbortSignal.any([environment.signal, end.signal]));
  try {
    const { loaded, before } = await nothingDesired(agent, environment.signal);
    const empty: Agent = { ...agent, load: async () => Promise.resolve(loaded) };
    const { plan } = await look(empty, loaded, environment);
    const data = options.data ? dataDirectories(before) : [];
    const leaves = await leavesOf(before, options, agent.engine);
    const rest = `${dataLines(data)}${leavesLines(leaves)}`;
    if (options.dryRun) {
      environment.print(options.json ? jsonText({ ...publicPlan(plan), data, leaves }) : `${printPlan(plan)}${rest}`);
      return exitCodes.ok;
    }
    // a damaged ledger may name anything
    const made = (agent.ledger.read().directories ?? []).filter((path) =>
      /^(?:\/(?!\.{1,2}(?:\/|$))[^/]+)+$/.test(path),
    );
    const directories = [...made, "/etc/kubernetes"];
    const since = new Date(wallTime(environment.clock).epochMs).toISOString();
    const { lockTimeoutMs } = options;
    const {
      executions,
      result,
      error,
      observed,
      plan: left,
    } = await stopped(agent, since, async (progress) => tick(empty, environment.signal, { lockTimeoutMs, progress }));
    const did = { ...plan, steps: executions.flatMap((execution) => execution.done) };
    if (!options.json) environment.print(printPlan(did));
    if (error !== undefined) throw error;
    refuseToForget([...(observed?.unknownContainers ?? []), ...(left?.blocked ?? [])]);
    await removeOneShot(agent.engine);
    await removeData(agent, loaded, { data, directories });
    // secrets go last: with them a reset that was cut off can be done again
    await agent.state.forget();
    await agent.state.writeReport(reportOfReset(loaded, since));
    environment.print(
      options.json
        ? jsonText({ result, ...publicPlan(did), data, leaves })
        : `${rest}reset; apply brings everything back\n`,
    );
    return exitCodes.ok;
  } finally {
    end.abort();
    await events;
    close();
  }
}

/** Nobody brings back meanwhile what goes. Where another agent was at work until the end, nothing went, and the host is looked after as before. */
async function stopped(
  { state }: Agent,
  since: string,
  remove: (progress: NonNullable<TickExtras["progress"]>) => Promise<Tick>,
): Promise<Tick> {
  const before = await state.stoppedSince();
  let hasBegun = false;
  const begin = (): void => void (hasBegun = true);
  await state.setStopped(since);
  try {
    return await remove({ of: () => ({ begin, detail: () => undefined }), end: async () => Promise.resolve() });
  } catch (error) {
    const hasWaited = isFlexkubeError(error, "STEP_LOCKED") || !isFlexkubeError(error);
    // another reset may have begun
    if (hasWaited && !hasBegun && (await state.stoppedSince()) === since) await state.setStopped(before);
    throw error;
  }
}

function jsonText(said: Omit<ResetOutput, "version">): string {
  const output: ResetOutput = { version: outputVersion, ...said };
  return `${JSON.stringify(output)}\n`;
}

/** What is still there would run on without anybody who knows of it. Throws STEP_FAILED. */
function refuseToForget(left: readonly { readonly container: string; readonly reason: string }[]): void {
  if (left.length === 0) return;
  const reason = left.map(({ container, reason: why }) => `${container} stays: ${why}`).join("; ");
  throw new FlexkubeError(
    "STEP_FAILED",
    "the host is not reset: something of it could not be removed; put that right and type it again",
    { step: "reset", reason },
  );
}

/** What `status` shows until the host begins again. */
function reportOfReset({ config: { cluster, host } }: Loaded, since: string): Report {
  const facts = { result: "stopped" as const, stoppedSince: since };
  const stamp = { writtenAt: since, agentVersion: version, tick: 1, intervalMs: 60_000, durationMs: 0 };
  return { ...makeReport(facts, stamp, undefined), cluster, host };
}

/** The config in force without its components; without any config, the names that the containers' labels say. */
async function nothingDesired(
  agent: Agent,
  signal: AbortSignal,
): Promise<{ readonly loaded: Loaded; readonly before: DesiredState | undefined }> {
  const known = await loadIfUsable(agent, signal);
  const names = known?.config ?? (await namesFromLabels(agent, signal));
  const config = HostConfig.parse({
    apiVersion: "flexkube/v1alpha1",
    kind: "Host",
    cluster: names.cluster,
    host: names.host,
    secrets: known?.config.secrets ?? {},
  });
  const desired: DesiredState = { cluster: names.cluster, host: names.host, config: "reset", containers: [] };
  // a person has said that this host goes: it asks no other host for leave
  const fallback = known && { ...known.desired, disruption: undefined };
  return { loaded: { config, text: "", desired, problems: [], fallback }, before: known?.desired };
}

/** An unusable host config must not keep a host from being reset. */
async function loadIfUsable(agent: Agent, signal: AbortSignal): Promise<Loaded | undefined> {
  try {
    return await agent.load(signal);
  } catch (error) {
    if (
      refusalIn(error) !== undefined ||
      isFlexkubeError(error, "CONFIG_INVALID") ||
      isFlexkubeError(error, "CONFIG_UNREADABLE")
    )
      return undefined;
    throw error;
  }
}

async function namesFromLabels(
  { engine, imageLabels }: Agent,
  signal: AbortSignal,
): Promise<{ readonly cluster: string; readonly host: string }> {
  const found = await engine.list({ label: labelKeys.spec, signal });
  const ownership = (await agentsContainers(found, { imageLabels, signal }))[0]?.ownership;
  if (ownership === undefined)
    throw new FlexkubeError("CONFIG_UNREADABLE", "there is nothing to reset: no host config, no container of ours", {
      file: "",
      reason: "nothing found",
    });
  return ownership;
}

function dataLines(data: readonly string[]): string {
  return rowsText(data.map((path) => `remove data ${path}`));
}
