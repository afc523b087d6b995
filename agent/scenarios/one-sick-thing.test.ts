// One thing of a host that cannot be looked at: its component waits untouched and says why, and all others go on.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { engineRefused, engineTimeout } from "#agent/engine/errors.ts";
import { helperLabels } from "#agent/engine/labels.ts";
import { lockName } from "#agent/execute/lock.ts";
import { plainSpec } from "#shared/reconcile/testing/plain-spec.ts";
import type { Plan } from "#shared/state/step.ts";
import { createFakeHost } from "#agent/testing/fake-host.ts";
import type { FakeHost } from "#agent/testing/fake-host.ts";
import { config, programs } from "#agent/testing/small-servers.ts";

const components = ["web", "store", "other"] as const;

const before = config(`  web:
    image: server:1
    restart: always
    mounts: [{source: /var/lib/web, target: /data, create: {}}]
    files:
      - {path: sealed.conf, content: a}
      - {path: live.conf, content: a, effect: none}
      - {path: /etc/web/app.conf, content: a, effect: restart, takeOver: true}
  store:
    image: server:2
    files: [{path: sealed.conf, content: a}, {path: live.conf, content: a, effect: signal}]
  other:
    image: server:1
    files: [{path: /etc/other.conf, content: a, effect: signal, takeOver: true}]
`);

async function settled(): Promise<FakeHost> {
  const host = createFakeHost(programs);
  host.give(before);
  await host.settle();
  return host;
}

async function idOf(host: FakeHost, name: string): Promise<string> {
  return (await host.engine.inspect(name)).id;
}

async function planOf(host: FakeHost): Promise<Plan> {
  const { plan } = await host.tick();
  assert.ok(plan);
  return plan;
}

async function removeAllBut(host: FakeHost, component: string): Promise<void> {
  for (const name of components) if (name !== component) await host.engine.remove(await idOf(host, name));
}

/** All other components run, the sick one's container is the same, and it says why. */
async function othersGoOn(host: FakeHost, component: string, reason: RegExp): Promise<void> {
  const id = await idOf(host, component);
  await removeAllBut(host, component);

  const plan = await planOf(host);

  assert.deepEqual(
    plan.blocked.map((blocked) => [blocked.component, blocked.code]).filter(([, code]) => code !== "waiting"),
    [[component, "unknown"]],
  );
  assert.match(plan.blocked.find((blocked) => blocked.component === component)?.reason ?? "", reason);
  for (const name of components) assert.equal((await host.engine.inspect(name)).state, "running", name);
  assert.equal(await idOf(host, component), id);
}

/** Path → whose it is. */
const places = {
  "/etc/kubernetes/web": "web",
  "/etc/kubernetes/web/live": "web",
  "/etc/kubernetes/web/live/live.conf": "web",
  "/var/lib/web": "web",
  "/etc/web": "web",
  "/etc/web/app.conf": "web",
  "/etc/kubernetes/store": "store",
  "/etc/kubernetes/store/live/live.conf": "store",
  "/etc/kubernetes/store/live/.live.conf.flexkube-new": "store",
  "/etc/other.conf": "other",
} as const;

describe("a path that cannot be looked at", () => {
  for (const [path, component] of Object.entries(places))
    test(`${path}: ${component} waits, and the others come back`, async () => {
      const host = await settled();
      host.sick.set(path, "EIO");

      await othersGoOn(host, component, /cannot be looked at: EIO/);

      host.sick.clear();
      await host.settle();
    });

  test("a sealed file too", async () => {
    const host = await settled();
    const sealed = host.engine.host.list("/etc/kubernetes/store").find((name) => name !== "live") ?? "";
    host.sick.set(`/etc/kubernetes/store/${sealed}/sealed.conf`, "EACCES");

    await othersGoOn(host, "store", /EACCES/);
  });

  test("it is never removed, stays in the ledger and is told; it goes once it can be looked at", async () => {
    const host = await settled();
    host.sick.set("/etc/other.conf", "ESTALE");
    host.give(before.slice(0, before.indexOf("  other:")));

    const plan = await planOf(host);
    await host.settle();

    assert.match(plan.warnings.join(), /\/etc\/other\.conf is no longer desired and stays.*ESTALE/);
    assert.ok(host.engine.host.exists("/etc/other.conf"));
    assert.equal((await host.newAgent()).ledger.read().files["/etc/other.conf"]?.component, "other");
    host.sick.clear();
    await host.settle();
    assert.ok(!host.engine.host.exists("/etc/other.conf"));
  });

  test("a config that leaves it takes its component out of its trouble", async () => {
    const host = await settled();
    host.sick.set("/etc/other.conf", "EIO");
    host.give(before.replace("/etc/other.conf", "/srv/other.conf"));

    await host.settle();

    assert.ok(host.engine.host.exists("/srv/other.conf"));
  });
});

describe("a container of which the engine tells nothing", () => {
  for (const component of components)
    for (const [what, error] of Object.entries({
      "a refused": engineRefused("inspect", { status: 500, reason: "layer does not exist" }),
      "a timed out": engineTimeout("inspect", 10_000),
    }))
      test(`${what} inspect of ${component}`, async () => {
        const host = await settled();
        const id = await idOf(host, component);
        const inspect = host.engine.inspect.bind(host.engine);
        let isSick = true;
        host.engine.inspect = async (asked, options) =>
          isSick && asked === id ? Promise.reject(error) : inspect(asked, options);

        const ids = new Map(components.map((name) => [name, name === component ? id : name]));
        for (const [name, asked] of ids) if (name !== component) await host.engine.remove(await idOf(host, asked));
        const plan = await planOf(host);
        isSick = false;

        assert.deepEqual(
          plan.blocked.filter(({ code }) => code !== "waiting").map((blocked) => [blocked.component, blocked.code]),
          [[component, "unknown"]],
        );
        for (const name of components) assert.equal((await inspect(name)).state, "running", name);
        assert.equal(await idOf(host, component), id);
      });

  test("one that is no longer desired stays with its files, and goes later", async () => {
    const host = await settled();
    const id = await idOf(host, "store");
    const error = engineRefused("inspect", { status: 500, reason: "layer does not exist" });
    host.engine.faults.fail("inspect", error, 1000, (subject) => subject === "store");
    host.give(`${before.slice(0, before.indexOf("  store:"))}${before.slice(before.indexOf("  other:"))}`);

    const plan = await planOf(host);

    host.engine.faults.clear();
    assert.match(plan.warnings.join(), /container store is no longer desired and stays/);
    assert.equal(await idOf(host, "store"), id);
    assert.ok(host.engine.host.exists("/etc/kubernetes/store/live/live.conf"));
    await host.settle();
    assert.ok(!host.engine.host.exists("/etc/kubernetes/store/live/live.conf"));
  });
});

test("an image of which the engine tells nothing keeps its containers as they are", async () => {
  const host = await settled();
  const error = engineRefused("inspectImage", { status: 500, reason: "no such layer" });
  host.engine.faults.fail("inspectImage", error, 1000, (subject) => subject === "server:3");
  host.give(before.replace("image: server:1\n    restart", "image: server:3\n    restart"));

  await othersGoOn(host, "web", /does not tell about image server:3: .*no such layer/).finally(() =>
    host.engine.faults.clear(),
  );
});

for (const state of ["removing", "dead"] as const)
  test(`a container that is ${state} for ever holds up its own component only`, async () => {
    const host = await settled();
    const id = await idOf(host, "web");
    const inspect = host.engine.inspect.bind(host.engine);
    const list = host.engine.list.bind(host.engine);
    const remove = host.engine.remove.bind(host.engine);
    const sick = <Seen extends { readonly id: string; readonly state: string }>(seen: Seen): Seen =>
      seen.id === id ? { ...seen, state } : seen;
    host.engine.inspect = async (...asked) => sick(await inspect(...asked));
    host.engine.list = async (...asked) => (await list(...asked)).map(sick);
    // Docker says that another removal is under way, and the name stays taken
    host.engine.remove = async (asked, ...rest) => (asked === id ? Promise.resolve() : remove(asked, ...rest));
    await host.engine.stop(id, 1);
    const refused = engineRefused("start", { status: 409, reason: "marked for removal" });
    host.engine.faults.fail("start", refused, 1000, (subject) => subject === "web");
    await removeAllBut(host, "web");

    for (let count = 0; count < 3; count++) {
      await host.tick();
      await host.clock.sleep(3000);
    }

    for (const name of ["store", "other"]) assert.equal((await inspect(name)).state, "running", name);
    assert.equal(await idOf(host, "web"), id);
    host.engine.faults.clear();
    Object.assign(host.engine, { inspect, list, remove });
    await host.settle();
    assert.equal((await inspect("web")).state, "running");
  });

describe("the lock of a dead agent", () => {
  const sicknesses: Readonly<Record<string, (host: FakeHost, id: string) => void>> = {
    "cannot be removed": ({ engine }, id) => {
      const remove = engine.remove.bind(engine);
      const refused = engineRefused("remove", { status: 500, reason: "device or resource busy" });
      engine.remove = async (asked, ...rest) => (asked === id ? Promise.reject(refused) : remove(asked, ...rest));
    },
    "is being removed for ever": ({ engine }, id) => {
      const remove = engine.remove.bind(engine);
      engine.remove = async (asked, ...rest) => (asked === id ? Promise.resolve() : remove(asked, ...rest));
    },
    "never answers a removal": ({ engine }, id) => {
      const remove = engine.remove.bind(engine);
      const silent = engineTimeout("remove", 10_000);
      engine.remove = async (asked, ...rest) => (asked === id ? Promise.reject(silent) : remove(asked, ...rest));
    },
    "cannot be looked at": ({ engine }, id) => {
      const inspect = engine.inspect.bind(engine);
      const refused = engineRefused("inspect", { status: 500, reason: "layer does not exist" });
      engine.inspect = async (asked, ...rest) => (asked === id ? Promise.reject(refused) : inspect(asked, ...rest));
    },
  };

  for (const [what, fallIll] of Object.entries(sicknesses))
    test(`that ${what} stops nobody`, async () => {
      const host = await settled();
      const { engine } = host;
      const labels = {
        ...helperLabels({ cluster: "demo", host: "h1", purpose: "lock" }),
        "flexkube.holder": "dead",
        "flexkube.nonce": "1",
      };
      const spec = plainSpec({ image: "server:1" });
      const id = await engine.create({ name: lockName, spec, labels, restart: "no", resources: {} });
      fallIll(host, id);
      await host.tick();
      await removeAllBut(host, "none");

      for (let count = 0; count < 3; count++) {
        await host.tick();
        await host.clock.sleep(3000);
      }

      for (const name of components) assert.equal((await engine.inspect(name)).state, "running", name);
      assert.equal((await host.state.readConfig("last-good")) !== undefined, true);
    });
});

describe("a container about which one kind of call fails for ever", () => {
  const kinds = ["rename", "update", "stop", "kill", "remove", "start", "putArchive"] as const;
  const wishes = {
    "an image": (text: string) => text.replace("image: server:1\n    restart", "image: server:2\n    restart"),
    "its removal": (text: string) => text.slice(0, text.indexOf("  web:")) + text.slice(text.indexOf("  store:")),
  } as const;

  for (const kind of kinds)
    for (const [wish, change] of Object.entries(wishes))
      test(`${kind}, with ${wish} wished for: the others come back, and it follows once the engine is well`, async () => {
        const host = await settled();
        const isWeb = (subject: string): boolean => subject.startsWith("web");
        const refused = engineRefused(kind, { status: 500, reason: "device or resource busy" });
        host.engine.faults.fail(kind, refused, Number.POSITIVE_INFINITY, isWeb);
        host.give(change(before));
        for (const name of ["store", "other"]) await host.engine.kill(await idOf(host, name), "KILL");

        for (let count = 0; count < 2; count++) {
          await host.tick();
          await host.clock.sleep(5000);
        }

        for (const name of ["store", "other"]) assert.equal((await host.engine.inspect(name)).state, "running", name);
        host.engine.faults.clear();
        // what an engine in trouble has refused is tried again at growing pauses
        for (let count = 0; count < 12; count++) {
          await host.clock.sleep(30_000);
          await host.tick();
        }
        const left = host.engine.containers.map(({ name, image }) => `${name} ${image}`).toSorted();
        const web = wish === "an image" ? ["web server:2"] : [];
        assert.deepEqual(left, ["other server:1", "store server:2", ...web]);
      });
});
