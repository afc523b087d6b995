// Whatever is wrong with a host config or an engine, at the level of debugging too: no secret is in the log, the report or the page.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { createRoundLog } from "#agent/log/round-log.ts";
import { engineRefused, engineUnreachable } from "#agent/engine/errors.ts";
import { hostPage } from "#agent/page/host-page.ts";
import { createFakeHost } from "#agent/testing/fake-host.ts";
import type { FakeHost } from "#agent/testing/fake-host.ts";
import { runTick } from "#agent/tick/run-tick.ts";

const token = "Xk9-topsecret-token-7731";
const password = "Xk9-topsecret-password-4412";
const needles = [token, password, password.toLowerCase(), "Xk9-topsecret"].flatMap((text) => [
  text,
  Buffer.from(text).toString("base64"),
]);

const config = `apiVersion: flexkube/v1alpha1
kind: Host
cluster: demo
host: h1
agent:
  registries:
    - { host: "registry.example.org", username: me, password: registry-password }
containers:
  web:
    image: server:1
    probe: { settle: 1s, deadline: 5s }
    files:
      - { path: token, secret: web-token }
secrets:
  web-token: ${token}
  registry-password: ${password}
`;

/** All that one tick says, of which nothing may be secret. */
async function saidOf(host: FakeHost): Promise<string> {
  const lines: string[] = [];
  const log = createRoundLog(pino({ level: "trace" }, { write: (line: string) => void lines.push(line) }));
  const agent = { ...(await host.newAgent()), log };
  const before = await host.state.readReport();
  const signal = new AbortController().signal;
  const { report, error } = await runTick(
    { agent, version: "test", signal, onReport: () => undefined },
    { count: 1, before },
  );
  const events = await host.state.readEvents(Number.MAX_SAFE_INTEGER);
  const page = hostPage({ report, events, present: { now: host.clock.now() } });
  return [...lines, JSON.stringify(report), page, error?.stack ?? ""].join("\n");
}

function assertSilent(said: string, what: string): void {
  for (const needle of needles)
    assert.ok(!said.includes(needle), `${what}: ${said.slice(said.indexOf(needle) - 200, said.indexOf(needle) + 80)}`);
}

const slips: readonly ((line: string) => string)[] = [
  (line) => `${line}"`,
  (line) => line.replace(": ", ":"),
  (line) => line.replace(": ", ": ["),
  (line) => line.replace(": ", ": {"),
  (line) => line.replace(": ", ": *"),
  (line) => line.replace(": ", ": !x "),
  (line) => line.replace(": ", ": &a "),
  (line) => line.replace(": ", ": |"),
  (line) => line.replace(": ", ": @"),
  (line) => line.replace(": ", ": '"),
  (line) => `\t${line}`,
  (line) => ` ${line}`,
  (line) => line.trimStart(),
  (line) => `${line}: ${line}`,
  (line) => `${line}\n${line}`,
  // in the place of its name
  (line) => line.replace(/secret: .*? /, `secret: ${token} `),
  (line) => line.replace(/password: .*? /, `password: ${password} `),
  (line) => line.replace(/password: .*? /, `password: ${password.toLowerCase()} `),
  (line) => line.replace(/: .*/, ""),
  (line) => line.replace(/: /, ": 7 #"),
  (line) => `${line}\n  ${line}`,
  (line) => line.replace(/^( *)/, "$1- "),
];

test("of a host config with a slip in any line no secret is told", async () => {
  const lines = config.split("\n");
  for (const [index, line] of lines.entries())
    for (const [number, slip] of slips.entries()) {
      const host = createFakeHost({ "server:1": () => ({}) });
      host.give(lines.with(index, slip(line)).join("\n"));

      assertSilent(await saidOf(host), `line ${index + 1}, slip ${number}`);
    }
});

test("of an engine that refuses or breaks any call no secret is told", async () => {
  for (let call = 1; call <= 40; call++)
    for (const errorOf of [
      (method: string) => engineRefused(method, { status: 400, reason: "something is wrong" }),
      (method: string) => engineUnreachable(method, "closed"),
    ]) {
      const host = createFakeHost({ "server:1": () => ({}) });
      host.give(config);
      host.engine.faults.spoilCall(call, ({ method }) => ({ error: errorOf(method), isDone: false }));

      assertSilent(await saidOf(host), `call ${call}`);
    }
});
