// Two people with a copy of the same cluster each: what both deliver, late and early, never takes a host's config in force away.
import assert from "node:assert/strict";
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { agentContainer } from "#lab/agent.ts";
import { changedYaml } from "#lab/changed-yaml.ts";
import { createCluster } from "#lab/cluster.ts";
import type { Cluster } from "#lab/cluster.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import { startClusterLab } from "#lab/cluster-lab.ts";
import type { Lab } from "#lab/lab.ts";
import { runCommand } from "#lab/run-command.ts";
import { skipWithoutRelease } from "#lab/skip-without-release.ts";
import { startBootstrapped } from "#lab/start-bootstrapped.ts";

const deadlineMs = 120_000;
const project = fileURLToPath(new URL("../../", import.meta.url));

describe("two planners", { skip: skipWithoutRelease(), timeout: 600_000 }, () => {
  let lab: Lab;
  let cluster: Cluster;
  let h1: LabHost;
  let second: string;

  before(async () => {
    lab = await startClusterLab(["h1"]);
    h1 = lab.host("h1");
    cluster = await createCluster(lab, "recovery");
    second = `${cluster.directory}-second`;
    await cluster.edit((text) =>
      changedYaml(text, { "etcd.hosts": ["h1"], "agent.interval": "1s", "agent.jitter": "0s" }),
    );
    await startBootstrapped(cluster, [h1], deadlineMs);
    await cp(cluster.directory, second, { recursive: true });
  });
  after(async () => {
    await lab.down();
    await cluster.remove();
    await rm(second, { recursive: true, force: true });
  });

  const heartbeat = async (ms: number): Promise<void> => {
    await cluster.edit((text) => changedYaml(text, { "etcd.extraArgs": [`--heartbeat-interval=${ms}`] }));
    await cluster.planner("split");
  };
  const etcd = async (): Promise<string> =>
    h1.docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}} {{json .Args}}", "etcd-h1");
  /** Gives the host a config that it must not take; `why` it says so by, as do its exit code and its etcd, which stays as it is. */
  const refused = async (file: string, why: RegExp): Promise<void> => {
    const untouched = await etcd();
    await h1.copyIn(file, "/etc/flexkube/host.yaml", 0o600);
    await eventually(
      async () => {
        const { result, problems } = await cluster.status(h1);
        if (result === "config-invalid" && problems.some(({ problem }) => why.test(problem))) return true;
        throw new Error(JSON.stringify({ result, problems }));
      },
      { what: `it is refused for ${why}`, deadlineMs },
    );

    const status = ["exec", agentContainer, "/flexkube-agent", "status", "--exit-code"];
    assert.equal((await h1.tryDocker(status)).exitCode, 65);
    assert.equal(await etcd(), untouched);
  };

  test("two splits from the same state: the second one that comes is refused by name, until one split follows on both", async () => {
    await heartbeat(150);
    const change = { input: changedYaml(await readClusterFile(), { "etcd.extraArgs": ["--heartbeat-interval=160"] }) };
    await runCommand(["sh", "-c", 'cat >"$0"', join(second, "cluster.yaml")], change);
    await runCommand(["env", "-C", second, `${project}node_modules/.bin/node`, `${project}planner/main.ts`, "split"]);
    await cluster.deliver(h1);
    await cluster.settled([h1], deadlineMs);

    await refused(join(second, "hosts/h1.yaml"), /two splits made generation [0-9]+: this one is not the one in force/);
    assert.match(await etcd(), /heartbeat-interval=150/);

    await heartbeat(170);
    await cluster.deliver(h1);
    await cluster.settled([h1], deadlineMs);
    assert.match(await etcd(), /heartbeat-interval=170/);
  });

  test("an older config that comes late is refused, also by an agent that has lost its state", async () => {
    const late = join(second, "hosts/h1.yaml");

    await refused(late, /generation [0-9]+ is older than [0-9]+, which was in force/);
    await h1.docker("rm", "-f", agentContainer);
    await h1.exec("sh", "-c", "rm -rf /var/lib/flexkube/*");
    await cluster.startAgents(h1);
    await cluster.settled([h1], deadlineMs);
    await refused(late, /generation [0-9]+ is older than [0-9]+, which was in force/);
    await cluster.deliver(h1);
    await cluster.settled([h1], deadlineMs);
  });

  async function readClusterFile(): Promise<string> {
    return runCommand(["cat", join(cluster.directory, "cluster.yaml")]);
  }
});
