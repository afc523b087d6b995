// Kubernetes whose etcd begins anew from a snapshot while everything runs: what came after the snapshot is gone, for every reader, from
// the first answer of the new cluster on.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { agentContainer } from "#lab/agent.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import { startKubernetesCluster, type KubernetesCluster } from "#lab/kubernetes-cluster.ts";
import { readPlannerCommands } from "#lab/read-commands.ts";
import { CommandFailed } from "#lab/run-command.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { restoreId } from "#shared/backup/restore-id.ts";

const deadlineMs = 300_000;
/** Revisions of a restored cluster are above it, those of the one before below. */
const bump = 1_000_000_000;

const configMaps = "/api/v1/namespaces/default/configmaps";

/** What a watch tells, by its end; `isExpired`: 410 Gone, in its answer or in its stream. */
type Watched = {
  readonly events: readonly { readonly type: string; readonly name: string; readonly revision: number }[];
  readonly isExpired: boolean;
};

function watchedIn(stdout: string, stderr: string): Watched {
  const said = stdout
    .split("\n")
    .filter((line) => line.startsWith("{") && line.endsWith("}"))
    .map((line) => {
      // Kubernetes' own document
      const { type, object } = JSON.parse(line) as {
        readonly type: string;
        readonly object: {
          readonly code?: number;
          readonly metadata?: { readonly name?: string; readonly resourceVersion?: string };
        };
      };
      const { name = "", resourceVersion = "0" } = object.metadata ?? {};
      return { type, name, revision: Number(resourceVersion), code: object.code };
    });
  return {
    events: said.filter(({ type }) => type !== "ERROR").map(({ type, name, revision }) => ({ type, name, revision })),
    isExpired: said.some(({ code }) => code === 410) || /\(Expired\)|too old resource version/.test(stderr),
  };
}

describe("a restore with Kubernetes", { skip: skipWithoutLab(), timeout: 1_200_000 }, () => {
  let cluster: KubernetesCluster;
  let box: LabHost;

  before(async () => {
    cluster = await startKubernetesCluster({ box: "sid" }, "single-host");
    box = cluster.lab.host("box");
    for (const args of await readPlannerCommands(new URL("README.md", import.meta.url), "Kubernetes on a single host"))
      await cluster.planner(...args);
    await cluster.startAgents(box);
    await cluster.settled([box], deadlineMs);
    await cluster.ready([box], deadlineMs);
  });
  after(async () => {
    await cluster.lab.down();
    await cluster.remove();
  });

  /** Names of ConfigMaps, and the revision at which they were so; undefined while nobody answers. */
  const look = async (): Promise<{ readonly names: readonly string[]; readonly revision: number } | undefined> => {
    const answer = await cluster.kubectl("get", "configmaps", "-o", "json").catch(() => undefined);
    if (answer === undefined) return undefined;
    // what kubectl writes
    const list = JSON.parse(answer) as { readonly items: readonly { readonly metadata: { readonly name: string } }[] };
    const raw = await cluster.kubectl("get", "--raw", configMaps).catch(() => undefined);
    const revision = Number(/"resourceVersion":"([0-9]+)"/.exec(raw ?? "")?.[1] ?? 0);
    return { names: list.items.map(({ metadata }) => metadata.name), revision };
  };

  /** A watch from there, until it is ended by whoever serves it, or after so many seconds. */
  const watch = async (revision: number, seconds: number): Promise<Watched> => {
    const path = `${configMaps}?watch=1&resourceVersion=${revision}&timeoutSeconds=${seconds}`;
    try {
      return watchedIn(await cluster.kubectl("get", "--raw", path, "--request-timeout", `${seconds + 5}s`), "");
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      return watchedIn(error.result.stdout, error.result.stderr);
    }
  };
  const now = async () => (await look()) ?? assert.fail("nobody answers");

  test("the API server stops before the member, is made anew, and never tells of what is gone", async () => {
    await cluster.kubectl("create", "configmap", "kept");
    const taken = await box.docker("exec", agentContainer, "/flexkube-agent", "backup", "take");
    const [name = "", , sha256 = ""] = taken.split("\n")[0]?.split(/ +/) ?? [];
    await writeFile(join(cluster.directory, name), await box.readFile(`/var/lib/flexkube-backup/${name}`));
    const opened = await now();
    const held = watch(opened.revision, 900);
    await cluster.kubectl("create", "configmap", "gone");
    const old = await now();
    const former = (await box.docker("inspect", "--format", "{{.Id}}", "kube-apiserver")).trim();
    await cluster.planner("restore", "--snapshot", name);
    await cluster.deliver(box);

    const seen: { readonly names: readonly string[]; readonly revision: number }[] = [];
    await eventually(
      async () => {
        const found = await look();
        if (found !== undefined) seen.push(found);
        return seen.filter(({ revision }) => revision > bump).length >= 5;
      },
      { what: "the new cluster answers", deadlineMs },
    );
    const first = seen.findIndex(({ revision }) => revision > bump);
    for (const { names, revision } of seen.slice(first)) {
      assert.ok(names.includes("kept") && !names.includes("gone"), `${names.join()} at ${revision}`);
      assert.ok(revision > bump);
    }
    await cluster.settled([box], deadlineMs);
    const label = await box.docker(
      "inspect",
      "--format",
      '{{.Id}} {{index .Config.Labels "flexkube.etcd-restore"}}',
      "kube-apiserver",
    );
    assert.equal(label.trim().split(" ")[1], restoreId({ number: 1, sha256 }));
    assert.notEqual(label.split(" ")[0], former);
    await cluster.ready([box], deadlineMs);
    // the one that was open has ended with the API server that served it, and told nothing but what that one knew
    const { events: told } = await held;
    assert.deepEqual(
      told.map(({ type, name: of }) => `${type} ${of}`),
      ["ADDED gone"],
    );
    assert.ok(told.every(({ revision }) => revision < bump));
    // whoever goes on from there is told to begin anew
    for (const from of [opened.revision, old.revision])
      assert.deepEqual(await watch(from, 5), { events: [], isExpired: true }, `from ${from}`);
    const fresh = await now();
    assert.ok(fresh.revision > bump && fresh.names.includes("kept") && !fresh.names.includes("gone"));
    const onward = watch(fresh.revision, 20);
    await cluster.kubectl("create", "configmap", "later");
    const goneOn = await onward;
    assert.ok(!goneOn.isExpired);
    assert.ok(goneOn.events.some(({ type, name: of }) => type === "ADDED" && of === "later"));
    const events = (await box.readFile("/var/lib/flexkube/events.jsonl")).toString().split("\n");
    const stopped = (container: string): number =>
      events.findIndex((line) => line.includes('"stopped"') && line.includes(`"${container}"`));
    const restored = events.findLastIndex((line) => line.includes('"restored"'));
    const order = [stopped("kube-apiserver"), stopped("etcd-box"), restored];
    assert.ok(!order.includes(-1), events.join("\n"));
    assert.deepEqual(
      order,
      order.toSorted((one, other) => one - other),
      events.join("\n"),
    );
  });
});
