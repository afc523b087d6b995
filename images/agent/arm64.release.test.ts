// The executables for arm64, run by emulation, say and write byte for byte what those for this machine do, with every example's config.
import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { filesBelow } from "#lab/files-below.ts";
import { runCommand, tryCommand, type CommandResult } from "#lab/run-command.ts";
import { skipWithoutRelease } from "#lab/skip-without-release.ts";
import { makeStandInCertificate } from "#lab/stand-in-certificate.ts";
import { starterConfig } from "#planner/cli/starter-config.ts";
import { startCaller } from "#planner/terraform/testing/caller.ts";
import type { Values } from "#planner/terraform/testing/fake-core.ts";
import { buildProgram } from "./build.ts";
import { repository } from "./bundle.ts";
import type { Program } from "./bundle.ts";
import { emptyEngine } from "./empty-engine.ts";
import { judgeCluster, newCluster } from "./warm-up/call-provider.ts";

/** Starts a program in a directory, the way that this machine can. */
type Run = (program: Exclude<Program, "provider">, directory: string, line: string) => Promise<CommandResult>;

const examples = join(repository, "examples");
const withConfig = (await readdir(examples, { recursive: true }))
  .filter((path) => /^[^/]+\/cluster\.yaml$/.test(path))
  .map((path) => path.replace("/cluster.yaml", ""))
  .toSorted();

/** Without the lines that only a command that takes long says of how far it is. */
function withoutProgress({ exitCode, stdout, stderr }: CommandResult): CommandResult {
  return { exitCode, stdout, stderr: stderr.replaceAll(/^\w+ \d+\/\d+ \w+\n/gm, "") };
}

/** What a split leaves, without when. */
async function written(directory: string): Promise<readonly string[]> {
  const found = await Promise.all(["hosts", "pki"].map(async (path) => filesBelow(directory, path)));
  return found.flat().map(({ path, digest, stats }) => `${path} ${digest ?? ""} ${stats.mode.toString(8)}`);
}

/** Turns a host config into one that talks to this machine alone, without the planner's marks. */
async function toLoopback(file: string): Promise<void> {
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace(/^(#.*\n)+/, "").replaceAll("10.77.0.", "127.0.0."));
}

function countErrors(diagnostics: unknown): number {
  // public names of the protocol, whose 1 is an error and 2 a warning
  return (diagnostics as readonly { readonly severity: number }[]).filter(({ severity }) => severity === 1).length;
}

describe("executables for arm64", { skip: skipWithoutRelease(), timeout: 1_200_000 }, () => {
  let work: string;
  let native: Run;
  let arm64: Run;
  /** The provider for this machine, and the words that run the one for arm64. */
  let providers: readonly (readonly [string, ...(readonly string[])])[];

  before(async () => {
    const here = { agent: await buildProgram("agent"), planner: await buildProgram("planner") };
    native = async (program, directory, line) =>
      tryCommand(["env", "-C", directory, here[program], ...line.split(" ")]);
    work = await mkdtemp(join(tmpdir(), "flexkube-arm64-"));
    const image = join(work, "image");
    await mkdir(image);
    await runCommand([join(repository, "images/agent/image"), "arm64"]);
    const tar = join(repository, "dist/images/flexkube-agent-arm64.tar");
    const config: unknown = JSON.parse(await runCommand(["tar", "-xOf", tar, "config.json"]));
    assert.ok(typeof config === "object" && config !== null && "architecture" in config);
    assert.equal(config.architecture, "arm64");
    await runCommand(["sh", "-euc", `tar -xOf "$1" layer.tar | tar -xC "$2"`, "sh", tar, image]);
    const emulator = (await runCommand([join(repository, "images/emulator"), "arm64"])).trim();
    // the agent that is in the image, and its libraries for both
    const programs = { agent: join(image, "flexkube-agent"), planner: await buildProgram("planner", "arm64") };
    arm64 = async (program, directory, line) =>
      tryCommand(["env", "-C", directory, emulator, "-L", image, programs[program], ...line.split(" ")]);
    providers = [
      [await buildProgram("provider")],
      [emulator, "-L", image, await buildProgram("provider", "arm64")],
    ] as const;
  });

  after(async () => {
    await rm(work, { recursive: true });
  });

  const directoryOf = async (example: string, name = example): Promise<string> => {
    const directory = join(work, name);
    await mkdir(directory);
    await cp(join(examples, example, "cluster.yaml"), join(directory, "cluster.yaml"));
    await makeStandInCertificate(join(directory, "stand-in"));
    return directory;
  };

  /** Both give the same exit code and the same bytes on both streams; returns the exit code. */
  const alike = async (program: Exclude<Program, "provider">, directory: string, line: string): Promise<number> => {
    const wanted = withoutProgress(await native(program, directory, line));
    assert.deepEqual(withoutProgress(await arm64(program, directory, line)), wanted, `${program} ${line}`);
    return wanted.exitCode;
  };

  test("say their version", async () => {
    for (const program of ["agent", "planner"] as const) assert.equal(await alike(program, work, "version"), 0);
  });

  for (const example of withConfig)
    test(`${example}: validate, split, and validate on a host, are alike`, async () => {
      const directory = await directoryOf(example);
      const valid = await alike("planner", directory, "validate");
      const split = await native("planner", directory, "split");
      assert.equal(split.exitCode, valid, split.stderr);
      const found = await written(directory);

      assert.equal(await alike("planner", directory, "split"), valid);

      assert.deepEqual(await written(directory), found);
      if (valid !== 0) return;
      const [host = ""] = await readdir(join(directory, "hosts"));
      assert.equal(await alike("agent", directory, `validate --config hosts/${host}`), 0);
    });

  test("a cluster that arm64 has founded is left as it is by a split here", async () => {
    const directory = await directoryOf("machines", "founded");
    const { exitCode, stderr } = await arm64("planner", directory, "split");
    assert.equal(exitCode, 0, stderr);
    const found = await written(directory);

    assert.equal(await alike("planner", directory, "diff"), 0);
    assert.equal((await native("planner", directory, "split")).exitCode, 0);

    assert.deepEqual(await written(directory), found);
  });

  test("the plan of a host of Kubernetes on which there is nothing is alike", async (t) => {
    const directory = await directoryOf("kubernetes", "plan");
    await cp(join(work, "kubernetes/hosts/k1.yaml"), join(directory, "host.yaml"));
    await toLoopback(join(directory, "host.yaml"));
    await mkdir(join(directory, "host/proc"), { recursive: true });
    const engine = await emptyEngine(join(directory, "engine.sock"));
    t.after(() => engine.close());

    const line = "plan --config host.yaml --state state --socket engine.sock --host-root host";
    assert.equal(await alike("agent", directory, line), 70);
    assert.match((await native("agent", directory, line)).stdout, /etcd-k1/);
  });

  test("the provider shakes hands with certificates, has the same schema, and judges and plans a cluster alike", async (t) => {
    const answers = providers.map(async (command) => {
      const caller = await startCaller({ command, folder: work });
      t.after(() => void caller.child.kill("SIGKILL"));
      const schema = await caller.call("GetProviderSchema");
      const found = {
        schema,
        good: await judgeCluster(caller, starterConfig),
        faulty: await judgeCluster(caller, `${starterConfig}\nhosts: 1\n`),
      };
      const planned = await caller.call("PlanResourceChange", {
        type_name: "flexkube_cluster",
        prior_state: null,
        config: newCluster(starterConfig),
        proposed_new_state: newCluster(starterConfig),
      });
      // the resource's attributes
      const { preview } = caller.value(planned, "planned_state") as Values;
      const plan = { diagnostics: planned["diagnostics"], preview };
      assert.equal(await caller.end(), 0);
      return { ...found, plan };
    });

    const [here, there] = await Promise.all(answers);

    assert.deepEqual(there, here);
    const errors = [here?.good, here?.plan.diagnostics, here?.faulty].map((each) => countErrors(each));
    assert.deepEqual(errors, [0, 0, 1]);
    assert.ok(JSON.stringify(here?.plan.preview).includes("etcd"));
  });
});
