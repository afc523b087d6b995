// `logs` on a host in memory.
import assert from "node:assert/strict";
import { test } from "node:test";
import { commandEnvironment } from "#agent/testing/command-environment.ts";
import { createFakeHost } from "#agent/testing/fake-host.ts";
import type { FakeHost } from "#agent/testing/fake-host.ts";
import { config, one, programs } from "#agent/testing/small-servers.ts";
import type { FakeRun } from "#agent/engine/fake/fake-program.ts";
import { runAgent } from "./command-line.ts";

const talking = {
  ...programs,
  "talks:1": ({ log, complain }: FakeRun) => {
    for (const word of ["one", "two", "three"]) log(word);
    complain("\u001b[31mred\u001b[0m ä");
    return {};
  },
  "brief:1": () => ({ endsAfterMs: 60_000 }),
};

async function setUp(containers: string) {
  const host = createFakeHost(talking);
  host.give(config(containers));
  await host.settle();
  const logs = logsOf(host);
  return { host, logs };
}

function logsOf({ clock, engine }: FakeHost) {
  return async (...args: readonly string[]) => {
    const [out, errors]: string[][] = [[], []];
    const environment = commandEnvironment({
      clock,
      engine,
      print: (text) => out?.push(text),
      printError: (text) => errors?.push(text),
    });
    const code = await runAgent(["logs", ...args], environment);
    return [code, out?.join(""), errors?.join("")];
  };
}

test("output and errors go where they belong, as much of them as is asked for", async () => {
  const { host, logs } = await setUp(one("talks:1"));
  const errors = "\u001b[31mred\u001b[0m ä\n";

  assert.deepEqual(await logs("web"), [0, "one\ntwo\nthree\n", errors]);
  assert.deepEqual(await logs("web", "--tail", "2"), [0, "three\n", errors]);
  assert.deepEqual(await logs("web", "--tail=0"), [0, "", ""]);
  await host.clock.sleep(3_600_000);
  assert.deepEqual(await logs("web", "--since", "1h"), [0, "", ""]);
  assert.deepEqual(await logs("web", "--since", "1d"), await logs("web"));
});

test("following ends with the container", async () => {
  const { host, logs } = await setUp(one("brief:1").replace("always", '"no"'));

  assert.deepEqual(await logs("web", "--follow"), [0, "", ""]);

  assert.equal(host.engine.containers[0]?.state, "exited");
});

test("a name that no container of ours has is asked about", async () => {
  const { host, logs } = await setUp(one("talks:1"));
  const told = async (...args: readonly string[]) => {
    const [code, out, errors] = await logs(...args);
    assert.deepEqual([code, out], [64, ""]);
    return errors;
  };

  assert.match(String(await told("wep")), /there is no such component \(did you mean web\?\)/);
  assert.match(String(await told("etcd-of-another-host")), /there is no such component; known are web$/m);
  assert.match(String(await told()), /which component's\?: web$/m);
  assert.match(String(await told("web", "--tail", "few")), /--tail: a number of lines\n/);
  await host.engine.remove("web");
  assert.match(String(await told("web")), /there are no containers of ours on this host/);
});

test("an engine that does not answer is told by its code", async () => {
  const { host, logs } = await setUp(one("talks:1"));
  host.engine.powerCut();

  const [code, , errors] = await logs("web");

  assert.equal(code, 69);
  assert.match(String(errors), /ENGINE_UNREACHABLE/);
});
