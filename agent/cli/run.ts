// `run`: the loop, with the optional health endpoint beside it.
import { readBoot } from "#agent/facts/boot.ts";
import { createBackupKeeper } from "#agent/backup/backup-keeper.ts";
import { createTurns } from "#agent/beside/turns.ts";
import { createCareKeeper } from "#agent/etcd-care/care-keeper.ts";
import { createMembersKeeper } from "#agent/etcd-members/members-keeper.ts";
import type { EtcdBackupReport } from "#agent/report/etcd-backup-report.ts";
import { createNudges } from "#agent/tick/nudges.ts";
import { reportedSource } from "./reported-source.ts";
import { createTidier, ownHeap } from "./collect-garbage.ts";
import { runLoop } from "#agent/tick/loop.ts";
import { createPresence } from "#agent/presence/presence.ts";
import { reasonOf } from "#shared/reason-of.ts";
import type { TickFacts } from "#agent/tick/make-report.ts";
import { resetText } from "#agent/report/report-text.ts";
import type { Agent } from "#agent/tick/tick.ts";
import type { Clock } from "#shared/clock.ts";
import { startObstacle } from "#shared/reconcile/start-obstacle.ts";
import { exitCodes, isFlexkubeError } from "#shared/errors.ts";
import { version } from "#shared/version.ts";
import { buildAgent } from "./build-agent.ts";
import type { Built } from "./build-agent.ts";
import { createEndpoint } from "./endpoint.ts";
import type { Endpoint } from "./endpoint.ts";
import { watchLoop } from "./watch-loop.ts";
import { createDelivery } from "./watch-delivery.ts";
import type { Environment } from "./environment.ts";
import type { Options } from "./options.ts";
import { createPreflight } from "./check-engine.ts";

/** Ends with 0 after SIGTERM. */
export async function runCommand(options: Options, environment: Environment): Promise<number> {
  const built = await buildAgent(options, environment, "loop");
  const { agent, hub, log, close } = built;
  const { signal, random, clock, hangups } = environment;
  const boot = await readBoot();
  log.info({ version, config: options.config, state: options.state }, "agent starts");
  await tellAtStart(agent, options);
  const preflight = await preflighted(built);
  const watch = watchLoop(agent.engine, log);
  const endpoint = createEndpoint({ clock, boot, readEvents: agent.state.readEvents }, log);
  const keepers = createKeepers(built, clock);
  const presence = createPresence({ holder: agent.holder, engine: watch.engine, clock, log: agent.log });
  const delivery = createDelivery(built, signal);
  const events = Promise.all([hub.run(signal), agent.applierLease.run(signal), delivery.watch(signal)]);
  try {
    await runLoop({
      agent: { ...agent, engine: watch.engine, load: after(preflight, agent.load) },
      version,
      signal,
      random,
      events: hub,
      // a resident program that does little: collect early rather than grow, but not within a tick
      tidy: createTidier(ownHeap()),
      boot,
      source: reportedSource(options),
      delivered: delivery.usable,
      ...keepers.reports,
      presence,
      onStandBy: beside(endpoint, built, signal),
      nudges: [hangups, keepers.changes, ...delivery.changes],
      onProgress: endpoint.onProgress,
      onReport: (report, tick) => {
        watch.follow(report);
        endpoint.onReport(report, tick);
        delivery.onReport(report, tick);
        keepers.nudge(report.result === "stopped" ? undefined : tick);
      },
      alive: watch.alive,
    });
  } finally {
    await Promise.all([keepers.close(), delivery.close()]);
    await presence.close();
    await watch.close();
    await events;
    await endpoint.close();
    close();
  }
  log.info({}, "agent ends");
  return exitCodes.ok;
}

/** What goes on beside the ticks, one after the other. */
function createKeepers({ backupHost, careHost, membersHost, log }: Built, clock: Clock) {
  const turns = createTurns();
  const backups = createBackupKeeper({ hostFor: backupHost, clock, log, turns });
  const care = createCareKeeper({ hostFor: careHost, clock, log, turns });
  const changes = createNudges();
  const members = createMembersKeeper({
    hostFor: membersHost,
    clock,
    log,
    turns,
    backedUpAt: () => takenAt(backups.report()),
    changed: changes.tell,
  });
  return {
    changes,
    reports: { backups: backups.report, care: care.report, members: members.report },
    nudge: (tick: TickFacts | undefined): void => {
      const desired = tick?.loaded?.desired;
      backups.nudge(desired?.etcdBackup);
      care.nudge(desired);
      members.nudge(desired, obstacleOf(tick));
    },
    close: turns.close,
  };
}

function obstacleOf({ loaded, observed }: Pick<TickFacts, "loaded" | "observed"> = {}): string | undefined {
  if (loaded === undefined) return undefined;
  const { desired, fallback } = loaded;
  return observed === undefined ? "the host could not be looked at" : startObstacle({ desired, fallback, observed });
}

function takenAt(report: EtcdBackupReport | undefined): number | undefined {
  return report?.newest === undefined ? undefined : Date.parse(report.newest.takenAt);
}

async function preflighted({ agent }: Built): Promise<() => Promise<void>> {
  const preflight = createPreflight(agent.engine, { log: agent.log, seesHost: agent.tree.free });
  await preflight();
  return preflight;
}

/** Nothing is done on an engine that was not there at the start and is not fit. */
function after(preflight: () => Promise<void>, load: Agent["load"]): Agent["load"] {
  return async (signal) => {
    await preflight();
    return load(signal);
  };
}

async function tellAtStart(agent: Agent, { hostRoot }: Options): Promise<void> {
  tellOfTree(agent, hostRoot);
  await tellOfReset(agent);
}

function tellOfTree({ tree, log }: Agent, hostRoot: string): void {
  if (tree.free) return;
  log.warn({ hostRoot }, "the host's / is not mounted: every tick reads files through a config container");
}

/** An agent that does nothing must say why. */
async function tellOfReset({ state, log }: Agent): Promise<void> {
  const since = await state.stoppedSince();
  if (since !== undefined) log.warn({ since }, resetText(""));
}

/** Without the host's `/` a look at its files would take a container. */
function beside(
  endpoint: Endpoint,
  { agent, look, log }: Built,
  signal: AbortSignal,
): (() => Promise<void>) | undefined {
  return agent.tree.free ? async () => listenBeside(endpoint, async () => look(signal), log) : undefined;
}

/** A loop that stands by says so at its own endpoint too, where its host config has one. */
async function listenBeside(
  endpoint: Endpoint,
  look: () => ReturnType<Agent["load"]>,
  log: Pick<Agent["log"], "warn">,
): Promise<void> {
  try {
    endpoint.follow((await look()).config);
  } catch (error) {
    if (!isFlexkubeError(error)) throw error;
    log.warn({ reason: reasonOf(error) }, "standing by without a health endpoint: the host config is not usable");
  }
}
