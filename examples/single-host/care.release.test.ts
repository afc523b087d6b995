// Kubernetes whose etcd is full to its quota: what is stored can be read and deleted, and once it was, all is
// written again without a hand, though Kubernetes itself cannot compact then.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { agentContainer } from "#lab/agent.ts";
import { changedYaml } from "#lab/changed-yaml.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import { startKubernetesCluster, type KubernetesCluster } from "#lab/kubernetes-cluster.ts";
import { readPlannerCommands } from "#lab/read-commands.ts";
import { CommandFailed } from "#lab/run-command.ts";
import { skipWithoutRelease } from "#lab/skip-without-release.ts";

const deadlineMs = 400_000;
const quotaBytes = 48 * 2 ** 20;
/** Less than an object may have. */
const objectBytes = 900_000;
const kept = ["etcd-box", "kube-apiserver"];

describe("care of etcd with Kubernetes", { skip: skipWithoutRelease(), timeout: 1_500_000 }, () => {
  let cluster: KubernetesCluster;
  let box: LabHost;

  before(async () => {
    cluster = await startKubernetesCluster({ box: "stable" }, "single-host");
    box = cluster.lab.host("box");
    await cluster.edit((text) =>
      changedYaml(text, {
        "agent.interval": "5s",
        "etcd.quotaBackendBytes": quotaBytes,
      }),
    );
    for (const args of await readPlannerCommands(new URL("README.md", import.meta.url), "Kubernetes on a single host"))
      await cluster.planner(...args);
    await cluster.startAgents(box);
    await cluster.ready([box], deadlineMs);
    await cluster.settled([box], deadlineMs);
  });
  after(async () => {
    await cluster.lab.down();
    await cluster.remove();
  });

  const starts = async (): Promise<string> =>
    box.docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", ...kept);
  const status = async (): Promise<string> =>
    (await box.tryDocker(["exec", agentContainer, "/flexkube-agent", "status"])).stdout;
  const filled = async (number: number): Promise<"written" | "full"> => {
    const file = join(cluster.directory, "fill.txt");
    await writeFile(file, "x".repeat(objectBytes));
    try {
      await cluster.kubectl("-n", "fill", "create", "configmap", `c${number}`, `--from-file=${file}`);
      return "written";
    } catch (error) {
      if (error instanceof CommandFailed && error.result.stderr.includes("database space exceeded")) return "full";
      throw error;
    }
  };

  test("full: it is told, nothing is stopped; after a deletion all is written again, and nothing else is lost", async () => {
    await cluster.kubectl("create", "configmap", "before");
    await cluster.kubectl("create", "namespace", "fill");
    const begun = await starts();
    let written = 0;
    while ((await filled(written)) === "written") {
      written += 1;
      assert.ok(written * objectBytes < 2 * quotaBytes, "more was written than the quota has room for");
    }
    await eventually(async () => assert.match(await status(), /alarm NOSPACE/), {
      what: "status tells the alarm",
      deadlineMs,
    });
    assert.match(await cluster.kubectl("get", "configmap", "before", "-o", "name"), /before/);
    assert.equal(await starts(), begun);

    await cluster.kubectl("-n", "fill", "delete", "configmap", "--all", "--wait=false");

    await eventually(async () => cluster.kubectl("create", "configmap", "after"), {
      what: "objects are written again",
      deadlineMs,
      everyMs: 1000,
    });
    await cluster.ready([box], deadlineMs);
    await cluster.settledAnew([box], deadlineMs);
    await eventually(async () => assert.doesNotMatch(await status(), /alarm NOSPACE/), {
      what: "the alarm is gone",
      deadlineMs,
    });
    assert.match(await status(), /defragmented .* ago/);
    assert.match(await cluster.kubectl("get", "configmap", "before", "-o", "name"), /before/);
    assert.equal(await starts(), begun);
  });
});
