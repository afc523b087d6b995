// Puts an agent together from the options of a command and what main.ts gave.
import { wallTime } from "#shared/clock.ts";
import type { Clock } from "#shared/clock.ts";
import { randomBytes } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { createRoundLog } from "#agent/log/round-log.ts";
import type { Log, RoundLog } from "#agent/log/round-log.ts";
import type { PatientFilesOptions } from "#agent/report/patient-files.ts";
import { readBoot } from "#agent/facts/boot.ts";
import type { ConfigFile } from "#agent/tick/config-file.ts";
import { deliveryTrace } from "#agent/tick/delivery-trace.ts";
import { createDisruption } from "#agent/disruption/disruption.ts";
import { createEventHub } from "#agent/tick/event-hub.ts";
import type { EventHub } from "#agent/tick/event-hub.ts";
import type { ExecutionEvent, ImageSources } from "#agent/effects/effects.ts";
import { gatherHostFacts } from "#agent/facts/ask-host-facts.ts";
import { createExistsOnHost } from "#agent/files/exists-on-host.ts";
import { createHolder } from "#agent/self/holder.ts";
import { createSteadyTimes } from "#agent/facts/steady-times.ts";
import { dockerBackupHost } from "#agent/backup/docker-backup-host.ts";
import type { BackupHost } from "#agent/backup/backup-host.ts";
import { etcdCareHost } from "#agent/etcd-care/etcd-care-host.ts";
import { etcdMembersHost } from "#agent/etcd-members/etcd-members-host.ts";
import type { HostForMembers } from "#agent/etcd-members/members-host.ts";
import type { HostForCare } from "#agent/etcd-care/care-host.ts";
import { createImageLabels } from "#agent/self/image-labels.ts";
import { registryOf } from "#shared/image-name.ts";
import { createKubernetesConnections } from "#agent/kubernetes/connections.ts";
import { createApplierLease } from "#agent/kubernetes/applier-lease.ts";
import { createSightings } from "#agent/kubernetes/lease-sightings.ts";
import type { Sightings } from "#agent/kubernetes/lease-sightings.ts";
import { openLedger } from "#agent/tick/keep-ledger.ts";
import { createRunKeeper } from "#agent/tick/keep-runs.ts";
import { createConfigLoader } from "#agent/tick/load-config.ts";
import type { Loaded, LoadOptions } from "#agent/tick/load-config.ts";
import { openStateDirectory } from "#agent/report/state-directory.ts";
import type { StateStore } from "#agent/report/state-store.ts";
import { createFirewallWatch } from "#agent/firewall/firewall-watch.ts";
import { createSnapshotFinder } from "#agent/restore/find-snapshot.ts";
import { createSelfImage } from "#agent/self/self.ts";
import type { Agent } from "#agent/tick/tick.ts";
import type { EtcdBackupRule } from "#shared/state/etcd-backup-rule.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { accessHost } from "./access-host.ts";
import { configSources } from "./config-source.ts";
import type { Environment } from "./environment.ts";
import type { Options } from "./options.ts";
import type { SecretSource } from "./secret-source.ts";
import type { AskedPlace } from "./web-source.ts";
import { placeOpenTo } from "./who-may-write.ts";

export type Built = {
  readonly agent: Agent;
  readonly hub: EventHub;
  /** For what is said beside the ticks. */
  readonly log: Logger;
  /** Unset when the host config came on standard input. */
  readonly file: ConfigFile | undefined;
  /** Places that are asked for it beside the ticks. */
  readonly servers: readonly AskedPlace[];
  readonly secret: SecretSource;
  /** Whether what the places have now would come into force, and is not yet. Never throws. */
  readonly hasNews: () => Promise<boolean>;
  /** The host config as it would be taken; nothing is kept of it. */
  readonly look: Agent["load"];
  readonly sightings: Sightings;
  /** For a command also how long a backup that is under way is waited for, milliseconds. */
  readonly backupHost: (rule: EtcdBackupRule, lockTimeoutMs?: number) => BackupHost;
  readonly careHost: HostForCare;
  readonly membersHost: HostForMembers;
  readonly close: () => void;
};

/** `loop` and `apply` remember a new host config as the one in force, `look` does not; only `loop` goes on after one plan. */
export async function buildAgent(
  options: Options,
  environment: Environment,
  purpose: "loop" | "apply" | "look",
): Promise<Built> {
  const { clock, patience } = environment;
  const { log, told } = await createLogs(options, environment);
  const hostRoot = await mountedRoot(options);
  const engine = await environment.connect(options.socket, existsOn(hostRoot, patience));
  const state = await openStateDirectory({ directory: options.state, clock, patience, tell: unreadable(told) });
  const mountinfo = await readFile("/proc/self/mountinfo", "utf8");
  const imageLabels = createImageLabels(engine);
  const hub = createEventHub(engine, { clock, log, imageLabels });
  const kubernetes = createKubernetesConnections();
  const about = { state, loop: purpose === "loop", connect: kubernetes.connect };
  const { file, servers, secret, ...places } = await configSources(options, environment, about);
  const selfImage = createSelfImage(engine, { mountinfo, imageOverride: options.image });
  const { sources, ...host } = accessHost(hostRoot, { engine, selfImage, nonce, clock, patience });
  const sightings = await openSightings(state, clock);
  const loader = (kept: boolean): Agent["load"] =>
    createLoad({ ...places, state, keep: kept, log: told, options, environment }, { engine, imageLabels, ...sources });
  const agent: Agent = {
    engine,
    imageLabels,
    ...host,
    times: createSteadyTimes(clock),
    clock,
    log: told,
    state,
    ledger: await openLedger(state, told),
    connectKubernetes: kubernetes.connect,
    kinds: new Map(),
    applierLease: createApplierLease({ connect: kubernetes.connect, clock, log, sightings }),
    load: loader(purpose !== "look"),
    selfImage,
    findSnapshot: createSnapshotFinder({ tree: host.tree, hostRoot, patience, clock }),
    watchFirewall: createFirewallWatch({ engine, selfImage, nonce, clock, log: told, once: purpose !== "loop" }),
    holder: await createHolder(engine, { mountinfo, pid: environment.pid, proc: hostRoot && join(hostRoot, "proc") }),
    startedAt: clock.now(),
    nonce,
    ...(await eventPorts(state, { clock, log: told, hub })),
    imageSources: (loaded) => imageSources(loaded, options.hostRoot, patience),
    disruption: createDisruption({ connect: kubernetes.connect, clock, sightings }),
    whenDestroyed: hub.whenDestroyed,
    listenToDeaths: hub.listenToDeaths,
  };
  const hasNews = createNewsLook({ ...places, state });
  const beside = { hub, log, file, servers, secret, hasNews, look: loader(false), sightings };
  return { agent, ...beside, ...etcdHosts(agent, { hostRoot, patience }), close: () => closeAll([kubernetes, engine]) };
}

/** What goes to the event log: our own acts, and what the containers did without us. */
async function eventPorts(
  state: StateStore,
  about: Pick<Environment, "clock"> & Pick<Built, "hub"> & { readonly log: Log },
): Promise<Pick<Agent, "record" | "runs">> {
  const record: Agent["record"] = async (event) => recordEvent(state, event, about);
  const boot = (await readBoot()).id || undefined;
  return { record, runs: createRunKeeper({ ...about, state, boot, listen: about.hub.listenToDeaths, record }) };
}

/** What is done for the own etcd member beside the ticks. */
function etcdHosts(
  agent: Agent,
  place: { readonly hostRoot: string | undefined; readonly patience: Environment["patience"] },
): Pick<Built, "backupHost" | "careHost" | "membersHost"> {
  return {
    backupHost: (rule, lockTimeoutMs) => dockerBackupHost({ ...agent, ...place, lockTimeoutMs }, rule),
    careHost: (rule, desired, signal) => etcdCareHost({ ...agent, rule, desired, signal }),
    membersHost: (rule, about) => etcdMembersHost({ ...agent, ...about, rule }),
  };
}

/** Who else may write where the agent finds state and images, a sentence for each. */
function believed(
  { state, hostRoot }: Options,
  { patience }: Environment,
): (loaded: Loaded) => Promise<readonly string[]> {
  return async ({ config: { agent: about } }) => {
    const { imageDirectory } = about;
    const images = imageDirectory === undefined ? [] : [join(hostRoot, imageDirectory)];
    const ask = async (path: string): Promise<readonly string[]> =>
      // one that does not answer is told of when an image is wanted
      patience.run(path, async () => placeOpenTo(path), { path }).catch(() => []);
    return (await Promise.all([state, ...images].map(ask))).flat();
  };
}

/** What is refused, or cannot be had, is for the next tick to tell. */
function createNewsLook(places: Pick<LoadOptions, "source" | "others" | "state">): () => Promise<boolean> {
  const load = createConfigLoader();
  return async () => {
    try {
      const { text } = await load({ ...places, keep: false, facts: async () => Promise.resolve({}) });
      return text !== (await places.state.readConfig("in-force"));
    } catch (error) {
      if (!isFlexkubeError(error)) throw error;
      return false;
    }
  };
}

type Load = Pick<LoadOptions, "source" | "others" | "state" | "keep"> & {
  readonly log: RoundLog;
  readonly options: Options;
  readonly environment: Environment;
};

function createLoad(
  { log, environment, options, ...given }: Load,
  sources: Parameters<typeof gatherHostFacts>[1],
): Agent["load"] {
  const load = createConfigLoader();
  const places = believed(options, environment);
  return async (signal) => {
    const loaded = await load({
      ...given,
      facts: async (config) => gatherHostFacts(config, sources, signal),
      trace: async (config) => deliveryTrace(config, { ...sources, signal }),
    });
    const warnings = [...new Set([...(loaded.warnings ?? []), ...(await places(loaded))])];
    for (const warning of warnings) log.lasts({ ...inForce, about: { warning } });
    for (const trouble of loaded.troubles ?? []) log.lasts({ ...noConfig, about: { trouble } });
    return { ...loaded, warnings: [...warnings, ...(loaded.troubles ?? [])] };
  };
}

/** `told` is for what ticks say, `log` for what is said beside them. */
async function createLogs(
  { logLevel, logFormat }: Options,
  { createLogger }: Environment,
): Promise<{ readonly log: Logger; readonly told: RoundLog }> {
  const log = await createLogger(logLevel, logFormat);
  return { log, told: createRoundLog(log) };
}

/** What the system refuses to read of the state. */
function unreadable(log: Log): PatientFilesOptions["tell"] {
  return ({ details }) => log.warn({ details }, "state cannot be read; going on without it");
}

const inForce = {
  level: "warn",
  message: "the host config is in force, but not all is well with it",
  over: "a warning about the host config in force is over",
  is: {},
} as const;

const noConfig = {
  level: "warn",
  message: "a place of host configs brings nothing; what is in force stays",
  over: "a trouble with a place of host configs is over",
  is: {},
} as const;

async function openSightings(state: StateStore, clock: Clock): Promise<Sightings> {
  return createSightings(clock, { boot: await readBoot(), before: await state.readSightings() });
}

function closeAll(connections: readonly { readonly close: () => void }[]): void {
  for (const connection of connections) connection.close();
}

function nonce(): string {
  return randomBytes(6).toString("hex");
}

function existsOn(
  root: string | undefined,
  patience: Environment["patience"],
): ReturnType<typeof createExistsOnHost> | undefined {
  return root === undefined ? undefined : createExistsOnHost({ root, patience });
}

/** Where the host's `/` is mounted; without it, files are read through config containers. */
async function mountedRoot({ hostRoot }: Options): Promise<string | undefined> {
  const mounted = await stat(join(hostRoot, "proc")).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return mounted ? hostRoot : undefined;
}

async function recordEvent(
  state: StateStore,
  event: ExecutionEvent,
  { clock, log }: Pick<Environment, "clock"> & { readonly log: Log },
): Promise<void> {
  const { kind, ...fields } = event;
  const usual = kind === "started" || kind === "stopped" || kind === "removed" || kind === "signalled";
  log[usual ? "debug" : "warn"](fields, kind);
  try {
    await state.appendEvent({ at: new Date(wallTime(clock).epochMs).toISOString(), ...event });
  } catch (error) {
    log.warn({ err: error }, "the event log cannot be written");
  }
}

function imageSources({ config }: Loaded, hostRoot: string, patience: Environment["patience"]): ImageSources {
  const { imageDirectory, registries } = config.agent;
  return {
    directory: imageDirectory === undefined ? undefined : join(hostRoot, imageDirectory),
    patience,
    credentialsFor: (image) => {
      const registry = registries.find(({ server }) => server === registryOf(image));
      const password = registry === undefined ? undefined : config.secrets[registry.password];
      return registry === undefined || password === undefined
        ? undefined
        : { server: registry.server, username: registry.username, password };
    },
  };
}
