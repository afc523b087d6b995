import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { expand } from "#shared/expand/expand.ts";
import { parseHostConfig } from "#shared/checks/parse-host-config.ts";
import { composeFile } from "./compose-file.ts";
import { firstContents, manyHosts, manyMembers, manyPlain, w1Cluster } from "./w1.ts";

const images = { etcd: "quay.io/coreos/etcd:v3.5.35", haproxy: "haproxy:2.6.12", plain: "busybox:lab" };

/** What the agent makes of W1; on the same machine the certificates stay. */
async function w1Containers(contents = firstContents, machine = fakeMachine("")) {
  machine.put("cluster.yaml", w1Cluster({ address: "10.77.0.11", images, contents }));
  const { code, stderr } = await machine.run("split");
  assert.equal(code, 0, stderr);
  const config = machine.hosts()["w1"];
  assert.ok(config);
  return expand(config).containers;
}

test("W1 is six containers with 14 files", async () => {
  const containers = await w1Containers();

  const files = containers.flatMap((container) => [...(container.sealed?.files ?? []), ...container.live]);
  assert.deepEqual(
    containers.map(({ name }) => name),
    ["etcd-w1", "api-load-balancer-api", "plain-1", "plain-2", "plain-3", "plain-4"],
  );
  assert.equal(files.length, 14);
});

test("each kind of changed contents changes one container of W1", async () => {
  const machine = fakeMachine("");
  const before = await w1Containers(firstContents, machine);

  for (const [kind, name] of [
    ["signal", "api-load-balancer-api"],
    ["restart", "plain-1"],
    ["sealed", "plain-2"],
  ] as const) {
    const after = await w1Containers({ ...firstContents, [kind]: 2 }, machine);
    const changed = after.filter(({ digest }, index) => digest !== before[index]?.digest);
    assert.deepEqual(
      changed.map((container) => container.name),
      [name],
    );
    assert.equal(
      changed[0]?.specHash !== before.find((container) => container.name === name)?.specHash,
      kind === "sealed",
    );
  }
});

test("docker compose gets the same containers and the same files", async () => {
  const containers = await w1Containers();

  const text = composeFile(containers, new Map([["etcd-w1", ["--initial-cluster-state=new"]]]));

  assert.equal([...text.matchAll(/^ {4}container_name: /gm)].length, 6);
  assert.equal([...text.matchAll(/^ {4}content: /gm)].length, 14);
  assert.match(text, /--initial-cluster-state=new/);
  assert.doesNotMatch(text, /\[secret\]/);
});

test("the configs of many containers, hosts and members are valid", async () => {
  const many = parseHostConfig(manyPlain(100, images.plain), "many.yaml");
  assert.ok(many.ok, JSON.stringify(many));
  assert.equal(expand(many.value).containers.length, 100);

  for (const config of [manyHosts(12), manyMembers(6)]) {
    const { code, stderr } = await fakeMachine(config).run("split");
    assert.equal(code, 0, stderr);
  }
});
