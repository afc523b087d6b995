// A component that gets another user, on a host in memory: when its directories cannot be given, the old one comes back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { engineRefused } from "#agent/engine/errors.ts";
import { onTheWay } from "#shared/reconcile/container/given-directories.ts";
import { config, one, programs } from "#agent/testing/small-servers.ts";
import { createFakeHost, type FakeHost } from "#agent/testing/fake-host.ts";

const data = "/var/lib/web";

function as(user: number, image: string, former = ""): string {
  const owner = `uid: ${user}, gid: ${user}`;
  const fields = `    user: "${user}:${user}"
    mounts: [{source: ${data}, target: /data, create: {mode: "0700", ${owner}}}]
    files: [{path: a.key, content: key, mode: "0600", ${owner}, effect: none}]
`;
  return `${config(one(image, fields))}${former}`;
}

async function moving(image: string): Promise<FakeHost> {
  const host = createFakeHost(programs);
  host.give(as(7, "server:1"));
  await host.settle();
  host.engine.host.write(`${data}/db`, "data", { mode: 0o600, uid: 7, gid: 7 });
  host.give(as(8, image, "formerOwners: {web: [{uid: 7, gid: 7}]}\n"));
  return host;
}

const owners = ({ engine }: FakeHost): readonly string[] =>
  [data, `${data}/db`, "/etc/kubernetes/web/live", "/etc/kubernetes/web/live/a.key"].map((path) => {
    const { uid, gid } = engine.host.stat(path);
    return `${uid}:${gid}`;
  });
const isGiving = ({ engine }: FakeHost, id: string): boolean =>
  engine.containers
    .find(({ id: own, name }) => own === id || name === id)
    ?.command?.some((word) => word.startsWith("own:")) === true;
const web = ({ engine }: FakeHost): readonly string[] =>
  engine.containers.map(({ name, image, state, user }) => `${name} ${image} ${state} ${user}`);

test("all that is a component's follows it to its new user, and a second tick changes nothing", async () => {
  const host = await moving("server:2");

  await host.tick();
  const second = await host.tick();

  assert.deepEqual(web(host), ["web server:2 running 8:8"]);
  assert.deepEqual(owners(host), ["8:8", "8:8", "8:8", "8:8"]);
  assert.deepEqual(second.plan?.steps, []);
});

test("what cannot be given leaves the old container at work, and the plan says why", async () => {
  const host = await moving("server:2");
  host.engine.squashed.set(onTheWay.gid, 65534);

  await host.tick();
  const { plan } = await host.tick();

  assert.deepEqual(web(host), ["web server:1 running 7:7"]);
  assert.deepEqual(owners(host), ["7:7", "7:7", "7:7", "7:7"]);
  assert.match(plan?.blocked[0]?.reason ?? "", /does not keep owners/);
});

test("an engine that is in trouble meanwhile brings the old container back, and it is tried again", async () => {
  const host = await moving("server:2");
  const troubled = engineRefused("start", { status: 500, reason: "no space left on device" });
  host.engine.faults.fail("start", troubled, 1, (id) => isGiving(host, id));

  await host.tick();

  assert.deepEqual(web(host), ["web server:1 running 7:7"]);
  await host.clock.sleep(30_000);
  await host.settle();
  assert.deepEqual(web(host), ["web server:2 running 8:8"]);
  assert.deepEqual(owners(host), ["8:8", "8:8", "8:8", "8:8"]);
});

test("a container that does not work as another user goes back with its data, also when the agent has lost its state", async () => {
  for (const loses of [false, true]) {
    const host = await moving("broken:1");
    if (loses) host.loseState();

    await host.tick();
    await host.tick();

    assert.deepEqual(web(host), ["web server:1 running 7:7"], `state lost: ${loses}`);
    assert.deepEqual(owners(host), ["7:7", "7:7", "7:7", "7:7"], `state lost: ${loses}`);
  }
});
