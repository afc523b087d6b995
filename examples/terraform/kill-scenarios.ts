// What is left of an apply whose provider, or whose Terraform, is killed amid it: never a second CA of a cluster that was given out.
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { eventually } from "#lab/eventually.ts";
import { kubernetesCluster } from "#planner/testing/kubernetes-cluster.ts";
import { auto, begin, clusterWith, keyPlace, nothingLeft } from "./scenario.ts";
import type { KeyPlaceName, Real } from "./scenario.ts";
import type { Workspace } from "./workspace.ts";

const places: readonly KeyPlaceName[] = ["state", "directory", "sealed"];
const withFourth = kubernetesCluster.replace("kubernetes:", "  h4: { address: 10.77.0.14 }\nkubernetes:");
/** Twelve hosts: their files take long enough to write that a kill comes amid them. */
const wide = kubernetesCluster.replace(
  "kubernetes:",
  `${Array.from({ length: 9 }, (_, index) => `  h${index + 4}: { address: 10.77.0.${index + 14} }\n`).join("")}kubernetes:`,
);
/** The first key of a CA that a founding writes. */
const firstKey = "keys/pki/etcd/ca.key";

/** A host more, by an apply that is cut. */
export async function killWhileChanging(t: TestContext, real: Real): Promise<void> {
  for (const name of places) {
    const { lines, more, options } = await keyPlace(name);
    const { mustRun, run, state, write } = await begin(t, real, more + clusterWith(lines), kubernetesCluster);
    await mustRun(["apply", ...auto], options);
    const founded = await state();
    await write("cluster.yaml", withFourth);

    const killed = await run(["apply", ...auto], { ...options, watch: killAtWord("Modifying...") });
    const kept = await state();
    await mustRun(["apply", ...auto], options);

    assert.equal(killed.code, 1, killed.stdout);
    assert.match(killed.stderr, /ApplyResourceChange/);
    assert.deepEqual(kept, founded);
    assert.deepEqual((await state())["ca_certificates"], founded["ca_certificates"]);
  }
}

/** Without a directory nothing was told, so nothing is there of which there could be a second one. */
export async function killWhileFounding(t: TestContext, real: Real): Promise<void> {
  for (const name of ["state", "sealed"] as const) {
    const { lines, more, options } = await keyPlace(name);
    const { mustRun, run, state } = await begin(t, real, more + clusterWith(lines), kubernetesCluster);

    const killed = await run(["apply", ...auto], { ...options, watch: killAtWord("Creating...") });
    const kept = await state();
    await mustRun(["apply", ...auto], options);

    assert.equal(killed.code, 1, killed.stdout);
    assert.match(killed.stderr, /ApplyResourceChange/);
    assert.deepEqual(kept, {});
    await mustRun(nothingLeft, options);
  }
}

/** In a directory the first key may be there already: it stays, whoever of the two was killed. */
export async function killWhileFoundingInDirectory(t: TestContext, real: Real): Promise<void> {
  const { lines } = await keyPlace("directory");
  const providers: number[] = [];
  const killTerraform = (child: ChildProcess): void => {
    providers.push(...childrenOf(child.pid));
    child.kill("SIGKILL");
  };
  for (const kill of [killProviders, killTerraform]) {
    const workspace = await begin(t, real, clusterWith(lines), wide);
    const { mustRun, run, state } = workspace;

    const killed = await run(["apply", ...auto], { watch: killAtFile(join(workspace.folder, firstKey), kill) });
    const before = await keyIn(workspace);
    await eventually(async () => Promise.resolve(!providers.some((pid) => existsSync(`/proc/${pid}`))), {
      what: "the provider whose caller was killed has ended",
      deadlineMs: 60_000,
    });
    await mustRun(["apply", ...auto]);

    assert.notEqual(killed.code, 0, killed.stdout);
    assert.equal((await keyIn(workspace)).equals(before), true);
    await mustRun(nothingLeft);
    assert.equal(Object.keys((await state())["host_hashes"] ?? {}).length, 12);
  }
}

/** Keys that move from the state into a directory: the copy is cut, and completed. */
export async function killWhileMoving(t: TestContext, real: Real): Promise<void> {
  const workspace = await begin(t, real, clusterWith(), wide);
  const { mustRun, run, state, write, folder } = workspace;
  await mustRun(["apply", ...auto]);
  const founded = await state();
  const { lines } = await keyPlace("directory");
  await write("main.tf", (await readFile(join(folder, "main.tf"), "utf8")).replace(clusterWith(), clusterWith(lines)));

  const killed = await run(["apply", ...auto], { watch: killAtFile(join(folder, firstKey), killProviders) });
  const kept = await state();
  await mustRun(["apply", ...auto]);
  await mustRun(nothingLeft);

  assert.equal(killed.code, 1, killed.stdout);
  assert.deepEqual(kept, founded);
  const { ca_certificates: cas, host_hashes: hashes, pki } = await state();
  assert.deepEqual([cas, hashes, pki], [founded["ca_certificates"], founded["host_hashes"], null]);
}

async function keyIn({ folder }: Workspace): Promise<Buffer> {
  return readFile(join(folder, firstKey));
}

/** Its children are providers; the one that lives when this is said is the one that applies. */
function killAtWord(word: string): (child: ChildProcess) => void {
  return (child) => {
    child.stdout?.on("data", (part: Buffer | string) => {
      if (String(part).includes(word)) killProviders(child);
    });
  };
}

function killAtFile(path: string, kill: (child: ChildProcess) => void): (child: ChildProcess) => void {
  return (child) => {
    const look = setInterval(() => {
      if (!existsSync(path)) return;
      clearInterval(look);
      kill(child);
    }, 1);
    child.once("exit", () => clearInterval(look));
  };
}

function killProviders(child: ChildProcess): void {
  for (const each of childrenOf(child.pid)) process.kill(each, "SIGKILL");
}

/** A program in Go starts others from any of its threads. */
function childrenOf(pid = 0): readonly number[] {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const texts = tasks.map((task) => readFileSync(`/proc/${pid}/task/${task}/children`, "utf8"));
  return texts.flatMap((text) => text.split(" ").filter((each) => each !== "")).map(Number);
}
