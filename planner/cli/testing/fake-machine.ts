// An operator's machine in memory: files, PKI, clock, output; it can die at any effect. For tests.
import { createHash } from "node:crypto";
import { basename, dirname } from "node:path";
import { FlexkubeError } from "#shared/errors.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { parseOnce } from "#shared/checks/testing/parse-once.ts";
import { checkOutput } from "#shared/output/testing/check-output.ts";
import { plannerOutputs } from "#planner/output/outputs.ts";
import { runPlanner } from "#planner/cli/command-line.ts";
import type { AskRegistry } from "#planner/io/ask-registry.ts";
import type { AskApi } from "#planner/io/https-api.ts";
import type { MemoryFileIo } from "#planner/io/memory-file-io.ts";
import { memoryFileIo } from "#planner/io/memory-file-io.ts";
import type { RunLock } from "#planner/io/run-lock.ts";
import type { MemoryPkiIo } from "#planner/pki/memory-pki-io.ts";
import { memoryPkiIo } from "#planner/pki/memory-pki-io.ts";
import { oneDisk } from "#planner/pki/one-disk.ts";

export type RunResult = { readonly code: number; readonly stdout: string; readonly stderr: string };

export type FakeMachine = {
  readonly files: ReturnType<typeof memoryFileIo>["files"];
  readonly pki: ReturnType<typeof memoryPkiIo>["files"];
  /** Effects that write, in order, as `call path`; reads are left out. */
  readonly writes: string[];
  /** Directories that are locked; one that a test puts here is held by another run. */
  readonly locks: Set<string>;
  /** Effects so far, reads included. */
  readonly count: () => number;
  /** Every effect from this one on fails; undefined brings the machine back. */
  readonly dieAt: (effect: number | undefined) => void;
  /** Sets its clock, in epoch milliseconds. */
  readonly at: (now: number) => void;
  /** What answers as the cluster's API from now on; nobody until then. */
  readonly serve: (askApi: AskApi) => void;
  /** The same of all image registries. */
  readonly serveImages: (askRegistry: AskRegistry) => void;
  readonly put: (path: string, text: string) => void;
  readonly text: (path: string) => string | undefined;
  readonly run: (...args: readonly string[]) => Promise<RunResult>;
  /** What the last run's standard output was printed as. */
  readonly printed: () => readonly string[];
  /** Host configs in `hosts/`, by host; fails for one that is not valid. */
  readonly hosts: () => Readonly<Record<string, HostConfig>>;
  /** Another machine in the same state, which goes on alone. */
  readonly copy: () => FakeMachine;
};

/** 2026-01-01T00:00:00Z, in epoch milliseconds. */
export const testNow = 1_767_225_600_000;

type State = {
  readonly tickMs: number;
  now: number;
  effects: number;
  random: number;
  deadFrom: number;
  parts: string[];
  askApi: AskApi;
  askRegistry: AskRegistry;
  readonly writes: string[];
  readonly locks: Set<string>;
};

/** A machine with the cluster config at cluster.yaml; its clock moves by `tickMs` whenever it is asked. */
export function fakeMachine(config: string, { tickMs = 0 } = {}): FakeMachine {
  const fresh = { now: testNow, effects: 0, random: 0, deadFrom: Infinity, parts: [], writes: [] };
  const machine = machineOf({ ...fresh, tickMs, locks: new Set(), askApi: nobody, askRegistry: noRegistry });
  machine.put("cluster.yaml", config);
  return machine;
}

const nobody: AskApi = async ({ server }) =>
  Promise.reject(
    new FlexkubeError("KUBERNETES_UNREACHABLE", "the Kubernetes API does not answer", {
      call: server,
      reason: "nothing listens there",
    }),
  );

const noRegistry: AskRegistry = async ({ url }) => Promise.reject(new Error(`nothing listens at ${url.host}`));

function machineOf(state: State, like?: { readonly files: MemoryFileIo; readonly pki: MemoryPkiIo }): FakeMachine {
  const { writes, locks } = state;
  function before(call: string, path: string): void {
    if (state.effects >= state.deadFrom) throw new Error("the machine is dead");
    state.effects += 1;
    if (call !== "read" && call !== "list") writes.push(`${call} ${path}`);
  }
  const files = memoryFileIo(before);
  const pki = memoryPkiIo(({ call, path }) => before(call, path));
  if (like !== undefined) fill(files, pki, like);
  const put = (path: string, text: string): void =>
    void files.files.set(path, { bytes: Buffer.from(text), mode: 0o600 });
  const text = (path: string): string | undefined => {
    const found = files.files.get(path);
    return found === undefined ? undefined : Buffer.from(found.bytes).toString("utf8");
  };
  return {
    files: files.files,
    pki: pki.files,
    writes,
    locks,
    count: () => state.effects,
    dieAt: (effect) => {
      state.deadFrom = effect ?? Infinity;
    },
    at: (now) => {
      state.now = now;
    },
    serve: (askApi) => {
      state.askApi = askApi;
    },
    serveImages: (askRegistry) => {
      state.askRegistry = askRegistry;
    },
    put,
    text,
    run: (...args) => runOn(state, { files, pki }, args),
    printed: () => state.parts,
    hosts: () => hostsAmong([...files.files.keys()], text),
    copy: () =>
      machineOf({ ...state, parts: [...state.parts], writes: [...writes], locks: new Set(locks) }, { files, pki }),
  };
}

async function runOn(
  state: State,
  { files, pki }: { readonly files: MemoryFileIo; readonly pki: MemoryPkiIo },
  args: readonly string[],
): Promise<RunResult> {
  state.parts = [];
  let stderr = "";
  const code = await runPlanner(args, {
    files: oneDisk(files, pki),
    pki,
    lock: fakeLock(state.locks),
    clock: { now: () => (state.now += state.tickMs), sleep: () => Promise.resolve() },
    randomBytes: (count) =>
      createHash("sha512")
        .update(String(state.random++))
        .digest()
        .subarray(0, count),
    askApi: state.askApi,
    askRegistry: state.askRegistry,
    print: (part) => void state.parts.push(part),
    printError: (part) => void (stderr += part),
  });
  const stdout = state.parts.join("");
  // whatever a test is about: no command prints data that its schema does not tell of
  if (stdout.startsWith("{") && isJson(args)) checkOutput(plannerOutputs, args[0] ?? "", stdout);
  return { code, stdout, stderr };
}

function isJson(args: readonly string[]): boolean {
  return args[0] !== "schema" && (args.includes("--json") || args.join(" ").includes("-o json"));
}

/** What lies on another machine's disk. */
function fill(
  files: MemoryFileIo,
  pki: MemoryPkiIo,
  like: { readonly files: MemoryFileIo; readonly pki: MemoryPkiIo },
) {
  for (const [path, file] of like.files.files) files.files.set(path, { ...file, bytes: file.bytes.slice() });
  for (const [path, file] of like.pki.files) pki.files.set(path, { ...file, bytes: file.bytes.slice() });
  for (const path of like.files.directories) files.directories.add(path);
  for (const [path, mode] of like.pki.directories) pki.directories.set(path, mode);
}

function hostsAmong(
  files: readonly string[],
  text: (path: string) => string | undefined,
): Readonly<Record<string, HostConfig>> {
  const paths = files.filter((path) => dirname(path) === "hosts" && path.endsWith(".yaml"));
  return Object.fromEntries(
    paths.toSorted().map((path) => [basename(path, ".yaml"), parsedHost(text(path) ?? "", path)]),
  );
}

/** A lock that dies with its run. */
function fakeLock(locks: Set<string>): RunLock {
  return {
    acquire: async (directory) => {
      await Promise.resolve();
      if (locks.has(directory)) throw new FlexkubeError("PKI_LOCKED", "locked", { directory, holder: "", since: "" });
      locks.add(directory);
      const release = (): Promise<void> => Promise.resolve(void locks.delete(directory));
      return { check: () => Promise.resolve(), release };
    },
  };
}

function parsedHost(text: string, path: string): HostConfig {
  const parsed = parseOnce(text, path);
  if (!parsed.ok) throw new Error(parsed.problems.map(({ path: at, problem }) => `${at}: ${problem}`).join("\n"));
  return parsed.value;
}
