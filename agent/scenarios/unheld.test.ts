// Writes that do not give what was asked, on a host in memory whose file systems make other owners of some.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FakeRun } from "#agent/engine/fake/fake-program.ts";
import { createFakeHost } from "#agent/testing/fake-host.ts";
import type { FakeHost } from "#agent/testing/fake-host.ts";
import { config, mutations, programs, server } from "#agent/testing/small-servers.ts";
import type { Tick } from "#agent/tick/tick.ts";

const squashed = 1234;
const nobody = 65534;
const web = (file: string, more = ""): string =>
  `  web:\n    image: server:1\n    restart: always\n${more}    probe: {settle: 1s, deadline: 5s}\n    files:\n      - {${file}}\n`;
const other = "  other:\n    image: server:1\n    restart: always\n    probe: {settle: 0s, deadline: 5s}\n";
const file = (more: string, uid = squashed): string => `path: a.conf, content: a, uid: ${uid}, ${more}`;

function squashingHost(text: string): FakeHost {
  const host = createFakeHost(programs);
  host.engine.squashed.set(squashed, nobody);
  host.give(config(text));
  return host;
}

async function ticks(host: FakeHost, count: number): Promise<Tick> {
  for (let left = count; left > 1; left--) {
    await host.tick();
    await host.clock.sleep(3000);
  }
  return host.tick();
}

const kinds = {
  "a sealed file": web(file('mode: "0644"')),
  "a live file": web(file("effect: none")),
  "a live file with a restart": web(file("effect: restart")),
  "a live file with a signal": web(file("effect: signal")),
  "a file elsewhere": web(`path: /etc/web.conf, content: a, uid: ${squashed}, effect: restart`),
};

for (const [name, text] of Object.entries(kinds))
  test(`${name} whose owner is not kept is written once, told of, and stops nothing`, async () => {
    const host = squashingHost(`${other}${text}`);
    await ticks(host, 3);
    const calls = host.engine.calls.length;

    const { plan } = await ticks(host, 3);

    assert.deepEqual(mutations(host, calls), []);
    assert.deepEqual(
      plan?.blocked.map(({ container, code }) => [container, code]),
      [["web", "path-blocked"]],
    );
    assert.match(
      plan.blocked[0]?.reason ?? "",
      /a.conf was written, but its mode and owner are|web.conf was written, but/,
    );
    assert.deepEqual(
      mutations(host, 0).filter((call) => call === "start web" || call === "start other"),
      ["start other", "start web"],
    );
    assert.ok(host.engine.containers.every(({ state }) => state === "running"));
  });

test("a container whose file is not kept is still repaired", async () => {
  const host = squashingHost(web(file("effect: none"), ""));
  await ticks(host, 3);
  await host.engine.kill("web", "KILL");

  await ticks(host, 2);

  assert.equal(host.engine.containers[0]?.state, "running");
});

test("it is written again when what is found, the file or the host config changes, and is all well when it is kept", async () => {
  const writes = (host: FakeHost, since: number): number =>
    mutations(host, since).filter((call) => call.startsWith("create flexkube-config")).length;
  const changes: Readonly<Record<string, (host: FakeHost) => void>> = {
    found: (host) => host.engine.host.write("/etc/kubernetes/web/live/a.conf", "b"),
    gone: (host) => host.engine.host.remove("/etc/kubernetes/web/live/a.conf"),
    wanted: (host) => host.give(config(web(file('effect: none, mode: "0640"')))),
    config: (host) => host.give(config(web(file("effect: none")), 7)),
  };
  for (const [name, change] of Object.entries(changes)) {
    const host = squashingHost(web(file("effect: none")));
    await ticks(host, 3);
    const calls = host.engine.calls.length;
    change(host);

    await ticks(host, 3);

    assert.equal(writes(host, calls), 1, name);
    host.engine.squashed.clear();
    host.give(config(web(file("effect: none")), 9));
    await host.settle();
    assert.equal(host.engine.host.stat("/etc/kubernetes/web/live/a.conf").uid, squashed, name);
  }
});

test("a program that changes its own file is not taken for a file system", async () => {
  const writing = ({ host }: FakeRun): ReturnType<typeof server> => {
    host.write("/etc/kubernetes/web/live/a.conf", "mine");
    return server();
  };
  const host = createFakeHost({ "server:1": writing });
  host.give(config(web(file("effect: none", 0))));

  await host.settle();

  assert.equal(host.engine.host.text("/etc/kubernetes/web/live/a.conf"), "a");
});

test("a directory whose owner is not kept is made once, and told of", async () => {
  const host = createFakeHost(programs);
  host.engine.squashed.set(0, nobody);
  host.give(config(web(file("effect: none", nobody))));
  await ticks(host, 3);
  const calls = host.engine.calls.length;

  const { plan } = await ticks(host, 3);

  assert.deepEqual(mutations(host, calls), []);
  assert.ok(plan?.blocked.every(({ code }) => code === "path-blocked"));
  assert.equal(host.engine.containers[0]?.state, "running");
});
