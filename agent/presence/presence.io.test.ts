// Who works on a host, by real abstract sockets: one of two loops, the other one after its end, and nobody's word for it.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { connect, createServer } from "node:net";
import type { Socket } from "node:net";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { engineUnreachable } from "#agent/engine/errors.ts";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { FakeEngine } from "#agent/engine/fake/fake-engine.ts";
import { createRoundLog } from "#agent/log/round-log.ts";
import type { RoundLog } from "#agent/log/round-log.ts";
import type { Holder } from "#agent/self/holder.ts";
import { plainSpec } from "#shared/reconcile/testing/plain-spec.ts";
import { printClaim } from "./claim.ts";
import { createPresence } from "./presence.ts";
import type { Presence } from "./presence.ts";

const since = "2026-11-28T08:16:37.000Z";
/** The machine's clock stands still. */
const clock = { now: () => Date.parse(since) };

type Host = {
  readonly engine: FakeEngine;
  readonly name: string;
  readonly warnings: string[];
  /** A running container of this command; resolves to its id. */
  readonly run: (...args: readonly string[]) => Promise<string>;
  /** The presence of an agent whose lock holder is this. */
  readonly loop: (holder: string) => Presence;
};

function hostOf(context: TestContext): Host {
  const engine = new FakeEngine({ clock: new FakeClock({ auto: true }) });
  engine.program("agent:1", () => ({}));
  const name = `flexkube-test-${randomBytes(6).toString("hex")}`;
  const warnings: string[] = [];
  let count = 0;
  return {
    engine,
    name,
    warnings,
    run: async (...args) => {
      const spec = plainSpec({ image: "agent:1", entrypoint: ["/flexkube-agent"], args });
      const request = { name: `agent-${(count += 1)}`, spec, labels: {}, restart: "no", resources: {} } as const;
      const id = await engine.create(request);
      await engine.start(id);
      return id;
    },
    loop: (id) => {
      const isAlive: Holder["isAlive"] = async (holder) =>
        (await engine.inspect(holder.split(":")[0] ?? "")).state === "running";
      const log = toldTo(warnings);
      const presence = createPresence({ name, holder: { id, isAlive }, engine, clock, log, answerMs: 200 });
      context.after(presence.close);
      return presence;
    },
  };
}

/** As an agent's own log, which tells what stays as it is once; the reasons are kept. */
function toldTo(warnings: string[]): RoundLog {
  const none = (): void => undefined;
  const warn = (fields: object): void => void warnings.push("reason" in fields ? String(fields.reason) : "");
  return createRoundLog({ debug: none, info: none, warn, error: none });
}

/** Somebody of this host who has taken the name. */
async function squat(context: TestContext, name: string, answer: (socket: Socket) => void): Promise<void> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    context.after(() => socket.destroy());
    answer(socket);
  });
  await new Promise<void>((resolve) => server.listen(`\0${name}`, resolve));
  context.after(() => server.close());
}

test("the second loop learns who works here, and works once the first has ended", async (context) => {
  const host = hostOf(context);
  const [a, b] = [await host.run("run", "--host", "h1"), await host.run()];
  const first = host.loop(`${a}:1:100`);
  const second = host.loop(`${b}:1:200`);

  assert.equal(await first.other(), undefined);
  assert.deepEqual(await second.other(), { container: a, since });
  assert.equal(await first.other(), undefined);
  await first.close();
  assert.equal(await second.other(), undefined);
  assert.deepEqual(await host.loop(`${a}:1:300`).other(), { container: b, since });
  assert.deepEqual(host.warnings, []);
});

test("an engine that does not answer is no reason to work beside another loop", async (context) => {
  const host = hostOf(context);
  const [a, b] = [await host.run("run"), await host.run("run")];
  await host.loop(`${a}:1:100`).other();
  host.engine.faults.fail("inspect", engineUnreachable("inspect", "socket hang up"), 1);

  assert.deepEqual(await host.loop(`${b}:1:200`).other(), { container: a, since });
});

const unknown = "f".repeat(64);
const silent = "who holds the name does not answer";
const nobody = "who holds the name is no agent's loop that this host's engine knows";
const squatters: Readonly<Record<string, readonly [(socket: Socket, ids: Ids) => void, string]>> = {
  "says nothing": [() => undefined, silent],
  "says nothing to its end": [(socket) => void socket.write("flexkube-agent "), silent],
  "talks without end": [(socket) => void socket.write("x".repeat(100_000)), silent],
  "hangs up": [(socket) => void socket.end(), nobody],
  "says something else": [(socket) => void socket.end("\u001b[31mhello\n"), nobody],
  "names a container that the engine does not know": [
    (socket) => void socket.end(printClaim(`${unknown}:1:5`, since)),
    nobody,
  ],
  "names our own process": [(socket, { own }) => void socket.end(printClaim(`${own}:1:200`, since)), nobody],
  "names a container that is no loop": [(socket, { web }) => void socket.end(printClaim(`${web}:1:5`, since)), nobody],
  "names a loop that has ended": [(socket, { ended }) => void socket.end(printClaim(`${ended}:1:5`, since)), nobody],
  "names a process that is no container's": [(socket) => void socket.end(printClaim("none:1:5", since)), nobody],
};
type Ids = { readonly own: string; readonly web: string; readonly ended: string };

for (const [what, [answer, reason]] of Object.entries(squatters))
  test(`who ${what} at the name keeps no agent from its work, and that is told once`, async (context) => {
    const host = hostOf(context);
    const ids = { own: await host.run("run"), web: await host.run("apply"), ended: await host.run("run") };
    await host.engine.stop(ids.ended, 0);
    await squat(context, host.name, (socket) => answer(socket, ids));
    const presence = host.loop(`${ids.own}:1:200`);

    assert.equal(await presence.other(), undefined);
    assert.equal(await presence.other(), undefined);
    assert.deepEqual(host.warnings, [reason]);
  });

test("who asks and neither reads nor hangs up holds up nobody", async (context) => {
  const host = hostOf(context);
  const [a, b] = [await host.run("run"), await host.run("run")];
  await host.loop(`${a}:1:100`).other();
  for (let count = 0; count < 200; count++) {
    const socket = connect({ path: `\0${host.name}`, allowHalfOpen: true });
    socket.on("error", () => undefined);
    socket.pause();
    context.after(() => socket.destroy());
  }

  assert.deepEqual(await host.loop(`${b}:1:200`).other(), { container: a, since });
});

test("a name that cannot be taken at all is told, and the agent works", async (context) => {
  const host = hostOf(context);
  const holder: Holder = { id: `${unknown}:1:1`, isAlive: async () => Promise.resolve(false) };
  const log = toldTo(host.warnings);
  const presence = createPresence({ name: "x".repeat(200), holder, engine: host.engine, clock, log });
  context.after(presence.close);

  assert.equal(await presence.other(), undefined);
  assert.match(host.warnings[0] ?? "", /^the name cannot be taken: /);
});
