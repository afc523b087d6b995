// Makes the code caches of a program by doing typical work with it: V8 compiles a function when it is first called, and
// what it has compiled by the end of a run is what the next start need not.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { repository } from "../bundle.ts";
import { emptyEngine } from "./empty-engine.ts";

export type Program = "agent" | "planner";
type TypicalRun = { readonly args: readonly string[]; readonly exitCode: number };

const fillCache = join(import.meta.dirname, "fill-cache.ts");
/** A run takes about a second. */
const runTimeoutMs = 60_000;

const version: TypicalRun = { args: ["version"], exitCode: 0 };
const plan = "plan --config hosts/h1.yaml --state state --socket engine.sock --host-root host";

/**
 * By the names that the loader looks for: `code-cache.<command>` for what must start fast, `code-cache` for the rest.
 * The runs are done in an empty folder for the planner, in one that `prepareHost` has filled for the agent.
 */
const typicalRuns: Readonly<Record<Program, Readonly<Record<string, readonly TypicalRun[]>>>> = {
  planner: {
    "code-cache.version": [version],
    "code-cache": [
      { args: ["init"], exitCode: 0 },
      { args: ["validate"], exitCode: 0 },
      { args: ["split"], exitCode: 0 },
    ],
  },
  agent: {
    "code-cache.version": [version],
    // of nothing: what it would do, it would do to this machine
    "code-cache.commit": [{ args: ["commit"], exitCode: 0 }],
    "code-cache": [
      { args: ["validate", "--config", "hosts/h1.yaml"], exitCode: 0 },
      { args: plan.split(" "), exitCode: 70 },
    ],
  },
};

/**
 * Makes the caches as files in `folder`; resolves to their paths by name. `node` and its options must be the very ones
 * that will take them: V8 compares versions and flags. `text` is a file with a `programText`. Throws with all that the program
 * has said when a run ends otherwise than it should, and when V8 refuses the cache of the run before.
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
  const engine = await emptyEngine(join(work, "engine.sock"));
  const caches: Record<string, string> = {};
  try {
    if (program === "agent") await prepareHost(node, work);
    for (const [name, runs] of Object.entries(typicalRuns[program])) {
      const cache = (caches[name] = join(folder, name));
      for (const { args, exitCode } of runs)
        await run([node, ...nodeOptions, fillCache, text, cache, ...args], { folder: work, exitCode });
    }
    return caches;
  } finally {
    engine.close();
    await rm(work, { recursive: true });
  }
}

/**
 * The config of a host of Kubernetes, made with new keys by the planner's sources, and a host root. All addresses become
 * loopback, which the planner refuses for several hosts, and the planner's mark goes with them: a plan asks the other
 * members of etcd and the API servers, and must ask nobody but this machine.
 */
async function prepareHost(node: string, folder: string): Promise<void> {
  const planner = join(repository, "planner/main.ts");
  const clusterFile = join(folder, "cluster.yaml");
  await run([node, planner, "init"], { folder, exitCode: 0 });
  const starter = await readFile(clusterFile, "utf8");
  // and the machine that builds is none of its hosts
  const anywhere = starter.replaceAll(/address: 192\.0\.2\.[0-9]+/g, "$&, ownAddress: any");
  if (anywhere === starter) throw new Error("the starter config has other addresses than it had");
  await writeFile(clusterFile, anywhere);
  await run([node, planner, "split"], { folder, exitCode: 0 });
  const hostFile = join(folder, "hosts/h1.yaml");
  const host = (await readFile(hostFile, "utf8")).replace(/^(#.*\n)+/, "").replaceAll("192.0.2.", "127.0.0.");
  await writeFile(hostFile, host);
  await mkdir(join(folder, "host/proc"), { recursive: true });
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
