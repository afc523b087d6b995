// Makes the code caches of a program by doing typical work with it: V8 compiles a function when it is first called, and
// what it has compiled by the end of a run is what the next start need not.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { repository, type Program } from "../bundle.ts";
import { callProvider } from "./call-provider.ts";

type TypicalRun = { readonly args: readonly string[]; readonly exitCode: number };

const fillCache = join(import.meta.dirname, "fill-cache.ts");
const ownFlags = join(import.meta.dirname, "own-flags.ts");
/** A run takes about a second. */
const runTimeoutMs = 60_000;

/**
 * With these two runs leave the same bytes: V8 else hashes with a seed of its own in each process, throws away code that was long
 * unused, and notes what its compilers on other threads have learned by then. None of them changes what the cache says of a function.
 */
const sameBytes = [
  "--hash-seed=1",
  "--random-seed=1",
  "--no-flush-bytecode",
  "--single-threaded",
  "--no-opt",
  "--no-sparkplug",
  "--no-maglev",
  // a stack makes V8 note where in the text the functions on it are
  "--stack-trace-limit=0",
];

const version: TypicalRun = { args: ["version"], exitCode: 0 };

/**
 * By the names that the loader looks for: `code-cache.<command>` for what must start fast, `code-cache` for the rest.
 * The runs are done in an empty folder for the planner, in one that `prepareHost` has filled for the agent. What they call must not
 * hang on time, on answers from elsewhere or on what keys happen to be, as that of `plan` and `split` does.
 */
const typicalRuns: Readonly<Record<Exclude<Program, "provider">, Readonly<Record<string, readonly TypicalRun[]>>>> = {
  planner: {
    "code-cache.version": [version],
    "code-cache": [
      { args: ["init"], exitCode: 0 },
      { args: ["validate"], exitCode: 0 },
    ],
  },
  agent: {
    "code-cache.version": [version],
    // of nothing: what it would do, it would do to this machine
    "code-cache.commit": [{ args: ["commit"], exitCode: 0 }],
    "code-cache": [{ args: ["validate", "--config", "hosts/h1.yaml"], exitCode: 0 }],
  },
};

/**
 * Makes the caches as files in `folder`; resolves to their paths by name. `node` and its options must be the very ones
 * that will take them: V8 compares versions and flags. `text` is a file with a `programText`. Throws with all that the program
 * has said when a run ends otherwise than it should, and when V8 refuses the cache of the run before. The same text, work and Node
 * give the same bytes.
 */
export async function warmUp(
  program: Program,
  about: {
    readonly node: string;
    readonly nodeOptions: readonly string[];
    readonly text: string;
    readonly folder: string;
  },
): Promise<Readonly<Record<string, string>>> {
  const { node, nodeOptions, text, folder } = about;
  const work = await mkdtemp(join(tmpdir(), "flexkube-warm-up-"));
  const caches: Record<string, string> = {};
  try {
    if (program === "provider") {
      const cache = join(folder, "code-cache");
      await callProvider([node, ...nodeOptions, ...sameBytes, fillCache, text, cache], work);
      await run([node, ...nodeOptions, ownFlags, text, cache], { folder: work, exitCode: 0 });
      return { "code-cache": cache };
    }
    if (program === "agent") await prepareHost(node, work);
    for (const [name, runs] of Object.entries(typicalRuns[program])) {
      const cache = (caches[name] = join(folder, name));
      for (const { args, exitCode } of runs)
        await run([node, ...nodeOptions, ...sameBytes, fillCache, text, cache, ...args], { folder: work, exitCode });
      await run([node, ...nodeOptions, ownFlags, text, cache], { folder: work, exitCode: 0 });
    }
    return caches;
  } finally {
    await rm(work, { recursive: true });
  }
}

/** The config of a host of Kubernetes, made with new keys by the planner's sources. */
async function prepareHost(node: string, folder: string): Promise<void> {
  const planner = join(repository, "planner/main.ts");
  for (const command of ["init", "split"]) await run([node, planner, command], { folder, exitCode: 0 });
}

/** No variable of this environment reaches the program: NODE_OPTIONS would change flags. */
async function run(
  [file = "", ...args]: readonly string[],
  { folder, exitCode }: { readonly folder: string; readonly exitCode: number },
): Promise<void> {
  const options = { cwd: folder, env: {}, timeout: runTimeoutMs };
  await new Promise<void>((resolve, reject) => {
    const child = execFile(file, args, options, (error, stdout, stderr) => {
      if (child.exitCode === exitCode) return resolve();
      const ended = `exit code ${child.exitCode}, not ${exitCode}`;
      reject(new Error(`warm-up: ${args.join(" ")}: ${ended}\n${stderr}${stdout}`, { cause: error }));
    });
  });
}
