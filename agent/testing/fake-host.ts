// A host in memory for agent tests: fake engine, fake clock, state in memory, and an agent that can die and be born again.
import { wallTime } from "#shared/clock.ts";
import { createSteadyTimes } from "#agent/facts/steady-times.ts";
import { pino } from "pino";
import { createRoundLog } from "#agent/log/round-log.ts";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { FakeEngine } from "#agent/engine/fake/fake-engine.ts";
import type { FakeFiles } from "#agent/engine/fake/fake-files.ts";
import type { FakeOutcome, FakeRun } from "#agent/engine/fake/fake-program.ts";
import type { FindSnapshot } from "#agent/restore/find-snapshot.ts";
import type { WatchFirewall } from "#agent/firewall/firewall-watch.ts";
import type { LookAtHost } from "#agent/tick/gather-evidence.ts";
import { openLedger } from "#agent/tick/keep-ledger.ts";
import { createRunKeeper } from "#agent/tick/keep-runs.ts";
import { gatherHostFacts } from "#agent/facts/ask-host-facts.ts";
import type { CriAnswer } from "#agent/facts/probe-cri.ts";
import { createImageLabels } from "#agent/self/image-labels.ts";
import type { ImageLabels } from "#agent/self/image-labels.ts";
import { deliveryTrace } from "#agent/tick/delivery-trace.ts";
import { parseOnce } from "#shared/checks/testing/parse-once.ts";
import { createConfigLoader } from "#agent/tick/load-config.ts";
import { createApplierLease } from "#agent/kubernetes/applier-lease.ts";
import { createSightings } from "#agent/kubernetes/lease-sightings.ts";
import { createMemoryState } from "#agent/report/memory-state.ts";
import type { StateStore } from "#agent/report/state-store.ts";
import { tick } from "#agent/tick/tick.ts";
import type { Agent, Tick } from "#agent/tick/tick.ts";
import { parseCommitArgument, type CommitOperation } from "#agent/files/commit-arguments.ts";
import { createPatience } from "#agent/files/patience.ts";
import { parentOf } from "#agent/files/resolve-path.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import type { HostFacts } from "#shared/state/host-facts.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { isOwner, onTheWay } from "#shared/reconcile/container/given-directories.ts";
import { temporaryName } from "#shared/state/temporary-name.ts";
import { createFakeDisruption } from "./fake-disruption.ts";
import type { FakeDisruption } from "./fake-disruption.ts";
import { FakeKubernetes } from "./fake-kubernetes.ts";
import { fakeHelm, fakeKubectl, helmImage, kubectlImage } from "./fake-tools.ts";
import { fakeRestore } from "./fake-restore.ts";
import { createFakeTree } from "./fake-tree.ts";

export const selfImage = "flexkube-agent:test";

export type FakeHost = {
  readonly engine: FakeEngine;
  readonly kubernetes: FakeKubernetes;
  readonly clock: FakeClock;
  readonly state: StateStore;
  /** What other hosts do and say; the lock's lease lasts 30 s. */
  readonly disruption: FakeDisruption;
  /** Paths that cannot be looked at, nor what is below them, and why. */
  readonly sick: Map<string, string>;
  /** The host config that the next tick reads. */
  readonly give: (text: string) => void;
  /** A new agent process: what was only in memory is gone, what is in the state store is read again. */
  readonly newAgent: () => Promise<Agent>;
  /** One tick of a new agent; rejects as tick does. */
  readonly tick: (signal?: AbortSignal) => Promise<Tick>;
  /** Ticks of new agents until one is settled; rejects after `limit`. */
  readonly settle: (limit?: number) => Promise<void>;
  /** As if the state directory had been deleted. */
  readonly loseState: () => void;
};

export type FakeHostOptions = {
  /** What expand made, changed: for what no host config of the test says. */
  readonly shape?: (desired: DesiredState) => DesiredState;
  /** Whether CRI answers at a socket; none does unless told. */
  readonly probeCri?: (socket: string) => Promise<CriAnswer>;
  /** What a preflight finds; nothing unless told. */
  readonly lookAtHost?: LookAtHost;
  /** Where the snapshot of a restore is; nowhere unless told. */
  readonly findSnapshot?: FindSnapshot;
  /** What keeps other hosts out; nothing unless told. */
  readonly watchFirewall?: WatchFirewall;
};

const usual: Required<FakeHostOptions> = {
  shape: (desired) => desired,
  probeCri: async () => Promise.resolve("no"),
  lookAtHost: async () => Promise.resolve([]),
  findSnapshot: async () => Promise.resolve({ missing: "nothing is there" }),
  watchFirewall: async () => Promise.resolve([]),
};

/** `programs`: image → what its containers run; each image is present. */
export function createFakeHost(
  programs: Readonly<Record<string, (run: FakeRun) => FakeOutcome>> = {},
  options: FakeHostOptions = {},
): FakeHost {
  const clock = new FakeClock({ auto: true });
  const engine = new FakeEngine({ clock });
  const kubernetes = new FakeKubernetes();
  engine.program(selfImage, selfProgram);
  engine.program(kubectlImage, fakeKubectl(kubernetes));
  engine.program(helmImage, fakeHelm(kubernetes));
  for (const [image, program] of Object.entries(programs)) engine.program(image, program);
  const disruption = createFakeDisruption({ clock, faults: engine.faults, ttlMs: 30_000 });
  // images do not change, and the agent's next life asks again only for what it meets
  const imageLabels = createImageLabels(engine);
  const sick = new Map<string, string>();
  const parts = { ...usual, ...options, sick, engine, imageLabels, kubernetes, clock, disruption };
  let state = createMemoryState();
  let text = "";
  let life = 0;
  const newAgent = async (): Promise<Agent> => {
    life += 1;
    return createAgent({ ...parts, state, life, read: () => text });
  };
  const tickOnce = async (signal = new AbortController().signal): Promise<Tick> => tick(await newAgent(), signal);
  return {
    engine,
    kubernetes,
    clock,
    sick,
    disruption,
    get state() {
      return state;
    },
    give: (next) => {
      text = next;
    },
    newAgent,
    tick: tickOnce,
    settle: async (limit = 8) => settle(tickOnce, clock, limit),
    loseState: () => {
      state = createMemoryState();
    },
  };
}

async function settle(tickOnce: () => Promise<Tick>, clock: FakeClock, limit: number): Promise<void> {
  for (let count = 0; count < limit; count++) {
    const { result, executions } = await tickOnce();
    if (result === "settled" && executions.length === 0) return;
    await clock.sleep(3000);
  }
  throw new Error("not settled in time");
}

type Life = {
  readonly sick: ReadonlyMap<string, string>;
  readonly engine: FakeEngine;
  readonly imageLabels: ImageLabels;
  readonly kubernetes: FakeKubernetes;
  readonly clock: FakeClock;
  readonly state: StateStore;
  readonly life: number;
  readonly read: () => string;
  readonly disruption: FakeDisruption;
} & Required<FakeHostOptions>;

async function createAgent(about: Life): Promise<Agent> {
  const { engine, sick, imageLabels, kubernetes, clock, state, life, read, shape, probeCri, disruption } = about;
  const load = createConfigLoader(parseOnce);
  const log = createRoundLog(pino({ level: "silent" }));
  const source = { name: "host.yaml", allowOlder: false, read: async () => Promise.resolve(read()) };
  const record: Agent["record"] = async (event) =>
    state.appendEvent({ at: new Date(wallTime(clock).epochMs).toISOString(), ...event });
  let names = 0;
  return {
    engine,
    imageLabels,
    times: createSteadyTimes(clock),
    lookAtMounts: async () => Promise.resolve(new Map()),
    tree: createFakeTree(() => engine.host, sick),
    clock,
    log,
    state,
    ledger: await openLedger(state, log),
    connectKubernetes: kubernetes.connect,
    kinds: new Map(),
    applierLease: createApplierLease({ connect: kubernetes.connect, clock, log, sightings: createSightings(clock) }),
    load: async (signal) => {
      const facts = async (config: HostConfig): Promise<HostFacts> =>
        gatherHostFacts(
          config,
          { engine, imageLabels, probeCri, readFile: async () => Promise.resolve(undefined) },
          signal,
        );
      const trace = async (config: HostConfig): ReturnType<typeof deliveryTrace> =>
        deliveryTrace(config, { engine, imageLabels, signal });
      const loaded = await load({ source, state, keep: true, facts, trace });
      return { ...loaded, desired: shape(loaded.desired), fallback: loaded.fallback && shape(loaded.fallback) };
    },
    selfImage: async () => Promise.resolve(selfImage),
    lookAtHost: about.lookAtHost,
    findSnapshot: about.findSnapshot,
    watchFirewall: about.watchFirewall,
    // every earlier life is over
    holder: { id: `test:${life}`, isAlive: async () => Promise.resolve(false) },
    startedAt: clock.now(),
    nonce: () => `${life}-${(names += 1)}`,
    record,
    runs: createRunKeeper({ state, clock, log, boot: undefined, listen: () => () => undefined, record }),
    imageSources: () => ({ patience: createPatience({ clock }), credentialsFor: () => undefined }),
    disruption,
    whenDestroyed: () => ({ signal: new AbortController().signal, forget: () => undefined }),
    listenToDeaths: () => () => undefined,
  };
}

/** The agent's own image: its hidden commands on the fake host's files, cut between two operations. */
function selfProgram(run: FakeRun): FakeOutcome {
  if (run.command.includes("restore")) return fakeRestore(run);
  return run.command.includes("mend") ? mendProgram(run) : commitProgram(run);
}

/** Kernel parameters are not part of the fake host. */
function mendProgram({ command, files, step }: FakeRun): FakeOutcome {
  for (const argument of command.slice(command.indexOf("mend") + 1)) {
    step(argument);
    if (argument === "machine-id") files.write("/mnt/host/etc/machine-id", `${"0".repeat(32)}\n`);
  }
  return { endsAfterMs: 50 };
}

function commitProgram({ command, files, step, log }: FakeRun): FakeOutcome {
  for (const argument of command.slice(command.indexOf("commit") + 1)) {
    const operation = parseCommitArgument(argument);
    if (operation === undefined) {
      log(JSON.stringify({ path: argument, reason: "not an operation" }));
      return { endsAfterMs: 0, exitCode: 64 };
    }
    step(argument);
    if (!("from" in operation)) {
      perform(files, operation);
      continue;
    }
    if (own(files, operation, step)) continue;
    log(JSON.stringify({ path: operation.path, reason: "its file system does not keep owners" }));
    return { endsAfterMs: 50, exitCode: 73 };
  }
  return { endsAfterMs: 50, exitCode: 0 };
}

type Giving = Extract<CommitOperation, { readonly from: unknown }>;

/** As ownTree does it: root's first, then all in it, the new owner's last; a cut may come between any two. False: refused. */
function own(files: FakeFiles, operation: Giving, step: FakeRun["step"]): boolean {
  const { uid, gid } = operation;
  const top = `/mnt/host${operation.path}`;
  if (!files.exists(top)) return true;
  const before = files.stat(top);
  if (isOwner(before, operation)) return true;
  step("own: root's");
  files.set(top, onTheWay);
  if (!isOwner(files.stat(top), onTheWay)) {
    files.set(top, { uid: before.uid, gid: before.gid });
    return false;
  }
  const below = (directory: string): void => {
    for (const name of files.list(directory)) {
      const path = `${directory}/${name}`;
      const found = files.lstat(path);
      if (found.uid !== uid && !operation.from.some((owner) => owner.uid === found.uid)) continue;
      step(`own: ${path}`);
      files.set(path, { uid, gid });
      if (found.type === "directory") below(path);
    }
  };
  if (operation.action === "own") below(top);
  step("own: the new user's");
  files.set(top, { mode: operation.mode ?? before.mode, uid, gid });
  return true;
}

function perform(files: FakeFiles, operation: Exclude<CommitOperation, Giving>): void {
  const path = `/mnt/host${operation.path}`;
  if (operation.action === "remove-directory") return;
  if (operation.action === "make") {
    files.mkdir(path, operation);
    return;
  }
  if (operation.action === "place") {
    const { mode, uid, gid } = operation;
    if (!files.exists(parentOf(path))) files.mkdir(parentOf(path));
    files.place(path, files.newFile(files.read(`/flexkube-stage/${operation.staged}`), { mode, uid, gid }));
    return;
  }
  if (operation.action === "rename") {
    if (files.exists(temporaryName(path))) files.rename(temporaryName(path), path);
    return;
  }
  if (files.exists(temporaryName(path))) files.remove(temporaryName(path));
  if (files.exists(path)) files.remove(path);
}
