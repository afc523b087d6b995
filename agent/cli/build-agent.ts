// Puts an agent together from the options of a command and what main.ts gave.
import { wallTime } from "#shared/clock.ts";
import type { Clock } from "#shared/clock.ts";
import { randomBytes } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { readBoot } from "#agent/facts/boot.ts";
import type { ConfigFile } from "#agent/tick/config-file.ts";
import { deliveryTrace } from "#agent/tick/delivery-trace.ts";
import { createDisruption } from "#agent/disruption/disruption.ts";
import { createEventHub } from "#agent/tick/event-hub.ts";
import type { EventHub } from "#agent/tick/event-hub.ts";
import type { ExecutionEvent, ImageSources } from "#agent/effects/effects.ts";
import { gatherHostFacts } from "#agent/facts/ask-host-facts.ts";
import { createHolder } from "#agent/self/holder.ts";
import { createSteadyTimes } from "#agent/facts/steady-times.ts";
import { dockerBackupHost } from "#agent/backup/docker-backup-host.ts";
import type { BackupHost } from "#agent/backup/backup-host.ts";
import { etcdCareHost } from "#agent/etcd-care/etcd-care-host.ts";
import { etcdMembersHost } from "#agent/etcd-members/etcd-members-host.ts";
import type { HostForMembers } from "#agent/etcd-members/members-host.ts";
import type { HostForCare } from "#agent/etcd-care/care-host.ts";
import { createImageLabels } from "#agent/self/image-labels.ts";
import { registryOf } from "#agent/image-sources/reference.ts";
import { createKubernetesConnections } from "#agent/kubernetes/connections.ts";
import { createApplierLease } from "#agent/kubernetes/applier-lease.ts";
import { createSightings } from "#agent/kubernetes/lease-sightings.ts";
import type { Sightings } from "#agent/kubernetes/lease-sightings.ts";
import { openLedger } from "#agent/tick/keep-ledger.ts";
import { createConfigLoader } from "#agent/tick/load-config.ts";
import type { Loaded, LoadOptions } from "#agent/tick/load-config.ts";
import { openStateDirectory } from "#agent/report/state-directory.ts";
import type { StateStore } from "#agent/report/state-store.ts";
import { createFirewallWatch } from "#agent/firewall/firewall-watch.ts";
import { createSnapshotFinder } from "#agent/restore/find-snapshot.ts";
import { findSelf } from "#agent/self/self.ts";
import type { Agent } from "#agent/tick/tick.ts";
import type { EtcdBackupRule } from "#shared/state/etcd-backup-rule.ts";
import type { FlexkubeError } from "#shared/errors.ts";
import { accessHost } from "./access-host.ts";
import { configSource } from "./config-source.ts";
import type { Environment } from "./environment.ts";
import type { Options } from "./options.ts";
import { placeOpenTo } from "./who-may-write.ts";

export type Built = {
  readonly agent: Agent;
  readonly hub: EventHub;
  readonly log: Logger;
  /** Unset when the host config came on standard input. */
  readonly file: ConfigFile | undefined;
  /** The host config as it would be taken; nothing is kept of it. */
  readonly look: Agent["load"];
  readonly sightings: Sightings;
  readonly backupHost: (rule: EtcdBackupRule) => BackupHost;
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
  const log = await environment.createLogger(options.logLevel);
  const engine = await environment.connect(options.socket);
  const state = await openStateDirectory({ directory: options.state, clock, patience, tell: tellOnce(log) });
  const mountinfo = await readFile("/proc/self/mountinfo", "utf8");
  const imageLabels = createImageLabels(engine);
  const hub = createEventHub(engine, { clock, log, imageLabels });
  const { source, file } = await configSource(options, environment, state);
  const selfImage = once(async () => (await findSelf(engine, { mountinfo, imageOverride: options.image })).image);
  const hostRoot = await mountedRoot(options);
  const { sources, ...host } = accessHost(hostRoot, { engine, selfImage, nonce, clock, patience });
  const kubernetes = createKubernetesConnections();
  const sightings = await openSightings(state, clock);
  const loader = (kept: boolean): Agent["load"] =>
    createLoad({ source, state, keep: kept, log, options, environment }, { engine, imageLabels, ...sources });
  const agent: Agent = {
    engine,
    imageLabels,
    ...host,
    times: createSteadyTimes(clock),
    clock,
    log,
    state,
    ledger: await openLedger(state, log),
    connectKubernetes: kubernetes.connect,
    kinds: new Map(),
    applierLease: createApplierLease({ connect: kubernetes.connect, clock, log, sightings }),
    load: loader(purpose !== "look"),
    selfImage,
    findSnapshot: createSnapshotFinder({ tree: host.tree, hostRoot, patience }),
    watchFirewall: createFirewallWatch({ engine, selfImage, nonce, clock, log, once: purpose !== "loop" }),
    holder: await createHolder(engine, { mountinfo, pid: environment.pid, proc: hostRoot && join(hostRoot, "proc") }),
    startedAt: clock.now(),
    nonce,
    record: async (event) => record(state, event, { clock, log }),
    imageSources: (loaded) => imageSources(loaded, options.hostRoot, patience),
    disruption: createDisruption({ connect: kubernetes.connect, clock, sightings }),
    whenDestroyed: hub.whenDestroyed,
    listenToDeaths: hub.listenToDeaths,
  };
  const close = (): void => closeAll([kubernetes, engine]);
  return { agent, hub, log, file, look: loader(false), sightings, ...etcdHosts(agent, { hostRoot, patience }), close };
}

/** What is done for the own etcd member beside the ticks. */
function etcdHosts(
  agent: Agent,
  place: { readonly hostRoot: string | undefined; readonly patience: Environment["patience"] },
): Pick<Built, "backupHost" | "careHost" | "membersHost"> {
  return {
    backupHost: (rule) => dockerBackupHost({ ...agent, ...place }, rule),
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

type Load = Pick<LoadOptions, "source" | "state" | "keep"> & {
  readonly log: Logger;
  readonly options: Options;
  readonly environment: Environment;
};

/** Each warning of a config that is in force is logged once. */
function createLoad(
  { log, environment, options, ...given }: Load,
  sources: Parameters<typeof gatherHostFacts>[1],
): Agent["load"] {
  const load = createConfigLoader();
  const places = believed(options, environment);
  const told = new Set<string>();
  return async (signal) => {
    const loaded = await load({
      ...given,
      facts: async (config) => gatherHostFacts(config, sources, signal),
      trace: async (config) => deliveryTrace(config, { ...sources, signal }),
    });
    const warnings = [...new Set([...(loaded.warnings ?? []), ...(await places(loaded))])];
    for (const warning of warnings) {
      if (!told.has(warning)) log.warn({ warning }, "the host config is in force, but not all is well with it");
      told.add(warning);
    }
    return { ...loaded, warnings };
  };
}

/** What the system refuses to read, once for each reason. */
function tellOnce(log: Logger): (error: FlexkubeError<"FILES_UNREADABLE">) => void {
  const told = new Set<string>();
  return ({ details }) => {
    if (told.has(details.reason)) return;
    told.add(details.reason);
    log.warn({ details }, "state cannot be read; going on without it");
  };
}

async function openSightings(state: StateStore, clock: Clock): Promise<Sightings> {
  return createSightings(clock, { boot: await readBoot(), before: await state.readSightings() });
}

function closeAll(connections: readonly { readonly close: () => void }[]): void {
  for (const connection of connections) connection.close();
}

function nonce(): string {
  return randomBytes(6).toString("hex");
}

/** Asks at the first call, and gives each later one the same answer. */
function once<Answer>(ask: () => Promise<Answer>): () => Promise<Answer> {
  let answer: Promise<Answer> | undefined;
  return async () => (answer ??= ask());
}

/** Where the host's `/` is mounted; without it, files are read through config containers. */
async function mountedRoot({ hostRoot }: Options): Promise<string | undefined> {
  const mounted = await stat(join(hostRoot, "proc")).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return mounted ? hostRoot : undefined;
}

async function record(
  state: StateStore,
  event: ExecutionEvent,
  { clock, log }: Pick<Environment, "clock"> & { readonly log: Logger },
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
