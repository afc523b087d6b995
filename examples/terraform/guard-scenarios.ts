// No second CA by accident: a cluster that exists is imported, and one that is known is neither destroyed nor made anew.
import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { runCommand } from "#lab/run-command.ts";
import { smallCluster } from "#planner/testing/small-cluster.ts";
import { auto, begin, clusterWith, head, keyPlace, nothingLeft, privateKey, protectedCluster } from "./scenario.ts";
import type { KeyPlaceName, Real } from "./scenario.ts";

const address = "flexkube_cluster.this";

export async function importCluster(t: TestContext, real: Real): Promise<void> {
  for (const name of ["state", "directory", "sealed"] as const) await importTo(name, t, real);
}

async function importTo(name: KeyPlaceName, t: TestContext, real: Real): Promise<void> {
  const { lines, more, options } = await keyPlace(name);
  // the planner's own directory, where that is where keys are to lie
  const main = more + clusterWith(lines.replace("keys/pki", "../before/pki"));
  const { mustRun, run, count, folder, state } = await begin(t, real, main);
  const before = join(folder, "../before");
  await mkdir(before);
  await writeFile(join(before, "cluster.yaml"), smallCluster);
  const plan = async (...args: readonly string[]) => runCommand(["env", "-C", before, ...real.planner, ...args]);
  await plan("split");

  const refused = await run(["import", "-no-color", address, join(before, "hosts")], options);
  await mustRun(["import", "-no-color", address, join(before, "pki")], options);
  const keys = await count(privateKey);
  await mustRun(["apply", ...auto], options);
  // with nothing to do: else it would end with another code
  await plan("diff");
  if (name !== "directory") await rm(before, { recursive: true });
  await mustRun(nothingLeft, options);

  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /no cluster's keys are in/);
  assert.deepEqual([keys, (await count(privateKey)) > 0], [0, name === "state"]);
  const nothing = ["nothing to do"];
  assert.deepEqual((await state())["preview"], { h1: nothing, h2: nothing, h3: nothing });
}

export async function guardCluster(t: TestContext, real: Real): Promise<void> {
  const { mustRun, run, state, write } = await begin(t, real, clusterWith(protectedCluster));
  const { stdout: founding } = await mustRun(["apply", ...auto]);
  const founded = await state();

  const destroyed = await run(["destroy", ...auto]);
  await mustRun(["taint", address]);
  const tainted = await run(["apply", ...auto]);
  await mustRun(["untaint", address]);
  const kept = await state();
  await mustRun(nothingLeft);
  await write("main.tf", head + clusterWith());
  const { stdout: goodbye } = await mustRun(["plan", "-destroy", "-no-color", "-input=false"]);

  assert.match(founding, /founds the cluster demo/);
  for (const { code, stderr } of [destroyed, tainted]) {
    assert.equal(code, 1);
    assert.match(stderr, /prevent_destroy/);
  }
  assert.deepEqual(kept, founded);
  assert.match(goodbye, /the keys of demo are given up/);
}
