// Whatever answers on the engine's socket: every call ends, and none of its failures is called a bug of ours.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { test, type TestContext } from "node:test";
import { inspect } from "node:util";
import { hostilities, serveHostile } from "#agent/testing/hostile-servers.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { plainSpec } from "#shared/reconcile/testing/plain-spec.ts";
import { DockerodeEngine } from "./dockerode.ts";
import type { Engine } from "./engine.ts";

const deadlineMs = 100;
const patienceMs = 5000;
const request = { name: "x", spec: plainSpec({ image: "x:1" }), labels: {}, restart: "no", resources: {} } as const;

const calls: Readonly<Record<string, (engine: Engine) => Promise<unknown>>> = {
  info: async (engine) => engine.info({ deadlineMs }),
  list: async (engine) => engine.list({ deadlineMs }),
  inspect: async (engine) => engine.inspect("x", { deadlineMs }),
  create: async (engine) => engine.create(request, { deadlineMs }),
  rename: async (engine) => engine.rename("x", "y", { deadlineMs }),
  update: async (engine) => engine.update("x", { restart: "no" }, { deadlineMs }),
  start: async (engine) => engine.start("x", { deadlineMs }),
  stop: async (engine) => engine.stop("x", 1, { deadlineMs }),
  kill: async (engine) => engine.kill("x", "HUP", { deadlineMs }),
  wait: async (engine) => engine.wait("x", { deadlineMs }),
  remove: async (engine) => engine.remove("x", { deadlineMs }),
  logs: async (engine) => engine.logs("x", 5, { deadlineMs }),
  inspectImage: async (engine) => engine.inspectImage("x:1", { deadlineMs }),
  pullImage: async (engine) => engine.pullImage("x:1", undefined, { deadlineMs }),
  loadImage: async (engine) => engine.loadImage(Readable.from(["tar"]), { deadlineMs }),
  putArchive: async (engine) => engine.putArchive("x", "/", new Uint8Array(1024), { deadlineMs }),
  getArchive: async (engine) => engine.getArchive("x", "/etc", { deadlineMs }),
  statArchive: async (engine) => engine.statArchive("x", "/etc", { deadlineMs }),
  events: async (engine) => firstEvent(engine),
  output: async (engine) => allOutput(engine),
};

async function allOutput(engine: Engine): Promise<void> {
  const signal = AbortSignal.timeout(2 * deadlineMs);
  for await (const piece of engine.output("x", { follow: true }, { deadlineMs, signal })) void piece;
}

async function firstEvent(engine: Engine): Promise<unknown> {
  const signal = AbortSignal.timeout(2 * deadlineMs);
  for await (const event of engine.events({ deadlineMs, signal })) return event;
  return undefined;
}

/** A call that never ends fails the test; one that fails must fail as ours. */
async function endsWell(act: Promise<unknown>, name: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new assert.AssertionError({ message: `${name}: it never ended` })), patienceMs);
  });
  const failure: unknown = await Promise.race([act.then(() => undefined).catch((error: unknown) => error), late]);
  clearTimeout(timer);
  if (failure === undefined) return;
  if (failure instanceof assert.AssertionError) throw failure;
  // of the stream of events, which ends with its signal
  if (failure instanceof Error && failure.name === "TimeoutError") return;
  assert.ok(isFlexkubeError(failure) && failure.code.startsWith("ENGINE_"), `${name}: ${inspect(failure)}`);
}

test("every call ends whatever answers on the engine's socket, with an error of the engine", async (context) => {
  for (const [name, hostility] of Object.entries(hostilities)) {
    const socketPath = `${temporaryRoot(context)}/engine.sock`;
    await serveHostile(context, hostility, socketPath);
    // what it comes to is the question for the version
    const engine = new DockerodeEngine({ socketPath });
    context.after(() => engine.close());
    await endsWell(engine.list({ deadlineMs }), name);
  }
});

test("every call ends when the engine answers its version and then spoils all else", async (context) => {
  for (const [name, hostility] of Object.entries(hostilities)) {
    const { engine } = await engineThat(context, ({ socket }) => hostility(socket));
    await Promise.all(Object.entries(calls).map(async ([call, act]) => endsWell(act(engine), `${call}, ${name}`)));
  }
});

test("a read that broke on the way is made once more, a change is not", async (context) => {
  for (const name of [
    "closes without an answer",
    "closes within the body",
    "resets within the body",
    "answers a page",
  ]) {
    const hostility = hostilities[name] ?? assert.fail(name);
    let spoiled = 0;
    const { engine, asked } = await engineThat(context, ({ socket, url }) => {
      spoiled += 1;
      if (spoiled % 2 === 1) hostility(socket);
      else
        socket.end(
          `HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n${url.includes("/json?") ? "[]" : "{}"}`,
        );
    });

    assert.deepEqual(await engine.list({ deadlineMs: 5000 }), [], name);
    spoiled = 0;
    const before = asked.length;
    await engine.rename("x", "y", { deadlineMs: 5000 }).catch(() => undefined);
    assert.equal(asked.length, before + 1, name);
  }
});

type Asked = { readonly url: string; readonly socket: Socket };

/** An engine that answers its version, and everything else by `answer`, which writes to the connection itself. */
async function engineThat(context: TestContext, answer: (asked: Asked) => void) {
  const asked: string[] = [];
  const socketPath = `${temporaryRoot(context)}/engine.sock`;
  const server = createServer((incoming, response) => {
    const { url = "" } = incoming;
    if (url === "/version") return void response.end(JSON.stringify({ ApiVersion: "1.44" }));
    asked.push(url);
    answer({ url, socket: incoming.socket });
  });
  server.on("connection", (socket) => socket.on("error", () => undefined));
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  const engine = new DockerodeEngine({ socketPath });
  context.after(() => {
    engine.close();
    server.closeAllConnections();
    server.close();
  });
  return { engine, asked };
}
