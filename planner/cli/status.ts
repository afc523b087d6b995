// flexkube-planner status: all hosts in one table, by reports that were carried here, or by what the agents say at their Nodes.
import { privateFile } from "#planner/io/modes.ts";
import { durationMs } from "#shared/duration.ts";
import { exitCodes, isFlexkubeError } from "#shared/errors.ts";
import { rowsText } from "#shared/printable.ts";
import { faultOfWord } from "#shared/schema/typed-word.ts";
import { durationBetween } from "#shared/schema/words/words.ts";
import { usage } from "#shared/command-line/usage.ts";
import { ownValue } from "#shared/own-value.ts";
import type { Effects, ProgramEffects } from "#planner/effects.ts";
import { fleetOf } from "#planner/fleet/fleet.ts";
import type { Evidence, Fleet } from "#planner/fleet/fleet.ts";
import { fleetJson, fleetText } from "#planner/fleet/fleet-text.ts";
import { fleetPage } from "#planner/fleet/page/fleet-page.ts";
import type { Wanted } from "#planner/fleet/wanted.ts";
import type { OpenedCluster } from "#planner/split/prepared-split.ts";
import { openCluster } from "#planner/split/run/prepare-split.ts";
import { evidenceNow, remember } from "./fleet-now.ts";
import type { EvidenceSources } from "./fleet-now.ts";
import { kubeconfigAccess } from "./kubeconfig-access.ts";
import { checkOwnFile } from "./own-file.ts";
import type { Options } from "./parse-options.ts";
import { stateOf, wantedFleet } from "./wanted-fleet.ts";

const Wait = durationBetween("0s", "24h");
const lookEveryMs = 2000;
const page = { begin: "<!doctype html>", hint: "only a page is replaced: take it away, or name another one" };

/**
 * Resolves to 0, or with --exit-code or --wait to 2 when there are findings. Throws INTERNAL_USAGE, CONFIG_*, PKI_*, FILES_*,
 * KUBERNETES_*; with --wait an API that is away is asked again until the time is over.
 */
export async function statusCommand(options: Options, effects: ProgramEffects): Promise<number> {
  const { wait } = options;
  if (options.from === undefined && options.kubeconfig === undefined)
    throw usage("--from", "the directory of reports is missing, or --kubeconfig to ask the cluster");
  const end = effects.clock.now() + (wait === undefined ? 0 : waitOf(wait));
  if (options.html !== undefined) await checkOwnFile(options.html, page, effects);
  let opened = await openCluster(options, effects);
  const access = options.kubeconfig === undefined ? undefined : await kubeconfigAccess(options.kubeconfig, effects);
  const { pki: directory } = opened.directories;
  let wanted = await wantedFleet(opened, effects);
  let told = "";
  for (;;) {
    const now = effects.clock.now();
    const isLast = now >= end;
    const evidence = await lookAt({ from: options.from, access }, isLast, effects);
    const fleet = typeof evidence === "string" ? undefined : fleetOf(wanted, evidence, now);
    if (fleet !== undefined) wanted = await remember(fleet, { wanted, directory }, effects);
    if (fleet !== undefined && (fleet.findings.length === 0 || isLast)) {
      await writePage(fleet, now, options, effects);
      return show(fleet, now, options, effects);
    }
    const awaited = typeof evidence === "string" ? evidence : firstOf(fleet);
    if (awaited !== told) effects.printError(rowsText([`waiting: ${awaited}`]));
    told = awaited;
    await effects.clock.sleep(lookEveryMs);
    if (!(await isSplitAnew(opened, wanted, effects))) continue;
    opened = await openCluster(options, effects);
    wanted = { ...(await wantedFleet(opened, effects)), seen: wanted.seen };
  }
}

/** Whoever waits, waits for what was split last; its host configs are written after the state. */
async function isSplitAnew(opened: OpenedCluster, wanted: Wanted, effects: Effects): Promise<boolean> {
  const { hosts } = await stateOf(opened, effects);
  return wanted.hosts.some(
    ({ host, generation, config }) =>
      (ownValue(hosts, host)?.generation ?? 0) > (config === undefined ? 0 : (generation ?? 0)),
  );
}

/** What is known now, or what keeps the API from telling. */
async function lookAt(sources: EvidenceSources, isLast: boolean, effects: ProgramEffects): Promise<Evidence | string> {
  try {
    return await evidenceNow(sources, effects);
  } catch (error) {
    if (isLast || !isFlexkubeError(error, "KUBERNETES_UNREACHABLE")) throw error;
    return `${error.message}: ${error.details.reason}`;
  }
}

function firstOf(fleet: Fleet | undefined): string {
  const first = fleet?.findings[0];
  return first === undefined ? "" : `${first.host ?? first.file ?? ""}: ${first.what}`;
}

function waitOf(wait: string): number {
  const fault = faultOfWord(Wait, wait);
  if (fault !== undefined) throw usage("--wait", `not a duration such as 90s or 10m: ${fault}`);
  return durationMs(wait);
}

async function writePage(fleet: Fleet, now: number, { html }: Options, { files }: Effects): Promise<void> {
  if (html === undefined) return;
  await files.writeFileAtomic(html, Buffer.from(fleetPage(fleet, now)), privateFile);
}

function show(fleet: Fleet, now: number, { json, exitCode, wait }: Options, { print }: Effects): number {
  print(json ? `${JSON.stringify(fleetJson(fleet, now), undefined, 2)}\n` : fleetText(fleet, now));
  const isCode = exitCode || wait !== undefined;
  return isCode && fleet.findings.length > 0 ? exitCodes.changes : exitCodes.ok;
}
