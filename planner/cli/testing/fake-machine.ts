// An operator's machine in memory: files, PKI, clock, output; it can die at any effect. For tests.
import { createHash } from "node:crypto";
import { basename, dirname } from "node:path";
import { FlexkubeError } from "#shared/errors.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { parseHostConfig } from "#shared/checks/parse-host-config.ts";
import { runPlanner } from "#planner/cli/command-line.ts";
import type { FileIo } from "#planner/io/file-io.ts";
import type { MemoryFileIo } from "#planner/io/memory-file-io.ts";
import { memoryFileIo, moveAll, namesBelow } from "#planner/io/memory-file-io.ts";
import type { RunLock } from "#planner/io/run-lock.ts";
import type { MemoryPkiIo } from "#planner/pki/memory-pki-io.ts";
import { memoryPkiIo } from "#planner/pki/memory-pki-io.ts";

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
  readonly put: (path: string, text: string) => void;
  readonly text: (path: string) => string | undefined;
  readonly run: (...args: readonly string[]) => Promise<RunResult>;
  /** What the last run's standard output was printed as. */
  readonly printed: () => readonly string[];
  /** Host configs in `hosts/`, by host; fails for one that is not valid. */
  readonly hosts: () => Readonly<Record<string, HostConfig>>;
};

/** 2026-01-01T00:00:00Z, in epoch milliseconds. */
export const testNow = 1_767_225_600_000;

/** A machine with the cluster config at cluster.yaml; its clock moves by `tickMs` whenever it is asked. */
export function fakeMachine(config: string, { tickMs = 0 } = {}): FakeMachine {
  let now = testNow;
  let [effects, random] = [0, 0];
  let deadFrom = Infinity;
  let parts: string[] = [];
  const writes: string[] = [];
  const locks = new Set<string>();
  function before(call: string, path: string): void {
    if (effects >= deadFrom) throw new Error("the machine is dead");
    effects += 1;
    if (call !== "read" && call !== "list") writes.push(`${call} ${path}`);
  }
  const fileIo = memoryFileIo(before);
  const pkiIo = memoryPkiIo(({ call, path }) => before(call, path));
  const put = (path: string, text: string): void =>
    void fileIo.files.set(path, { bytes: Buffer.from(text), mode: 0o600 });
  const text = (path: string): string | undefined => {
    const found = fileIo.files.get(path);
    return found === undefined ? undefined : Buffer.from(found.bytes).toString("utf8");
  };
  put("cluster.yaml", config);
  return {
    files: fileIo.files,
    pki: pkiIo.files,
    writes,
    locks,
    count: () => effects,
    dieAt: (effect) => {
      deadFrom = effect ?? Infinity;
    },
    put,
    text,
    run: async (...args) => {
      parts = [];
      let stderr = "";
      const code = await runPlanner(args, {
        files: oneDisk(fileIo, pkiIo),
        pki: pkiIo,
        lock: fakeLock(locks),
        clock: { now: () => (now += tickMs), sleep: () => Promise.resolve() },
        randomBytes: (count) => createHash("sha512").update(String(random++)).digest().subarray(0, count),
        print: (part) => void parts.push(part),
        printError: (part) => void (stderr += part),
      });
      return { code, stdout: parts.join(""), stderr };
    },
    printed: () => parts,
    hosts: () => hostsAmong([...fileIo.files.keys()], text),
  };
}

/** Files and PKI lie on one disk: a directory shows both, and what moves takes both along. */
function oneDisk(fileIo: MemoryFileIo, { files: pki }: MemoryPkiIo): FileIo {
  return {
    ...fileIo,
    list: async (path) => [...new Set([...(await fileIo.list(path)), ...namesBelow(path, [...pki.keys()])])].toSorted(),
    accessOf: async (path) => {
      const mode = pki.get(path)?.mode;
      return mode === undefined ? fileIo.accessOf(path) : { mode, uid: 1000, isDirectory: false };
    },
    makePrivate: async (path, { mode }) => {
      const file = pki.get(path);
      if (file !== undefined) pki.set(path, { ...file, mode });
      await fileIo.makePrivate(path, { mode, uid: 1000 });
    },
    move: async (from, to) => {
      await fileIo.move(from, to);
      moveAll(pki, from, to);
    },
  };
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

/** Host configs that were read before, by their texts: tests ask for the same ones again and again. The oldest goes first. */
const readBefore = new Map<string, HostConfig>();
const mostKept = 200;

function parsedHost(text: string, path: string): HostConfig {
  const known = readBefore.get(text);
  if (known !== undefined) return known;
  const parsed = parseHostConfig(text, path);
  if (!parsed.ok) throw new Error(parsed.problems.map(({ path: at, problem }) => `${at}: ${problem}`).join("\n"));
  const [oldest] = readBefore.size < mostKept ? [] : readBefore.keys();
  if (oldest !== undefined) readBefore.delete(oldest);
  readBefore.set(text, frozen(parsed.value));
  return parsed.value;
}

/** Nobody changes what others get as well. */
function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}
