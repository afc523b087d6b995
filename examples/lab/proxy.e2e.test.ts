// The proxy between real clients and a real daemon.
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, request, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { runAgentOnce } from "./agent.ts";
import { eventually } from "./eventually.ts";
import type { LabHost } from "./host.ts";
import { agentImage, imageStore, labImages } from "./images.ts";
import { startLab, type Lab } from "./lab.ts";
import { startProxy, type DockerProxy, type ProxyOptions } from "./proxy.ts";
import { runCommand, tryCommand } from "./run-command.ts";
import { skipWithoutLab } from "./skip-without-lab.ts";

describe("a proxy before a host's Docker socket", { skip: skipWithoutLab() }, () => {
  let lab: Lab;
  let host: LabHost;
  let proxy: DockerProxy;
  let busybox: string;
  let agent: string;

  before(async () => {
    const images = { ...(await labImages("busybox")), agent: await agentImage() };
    busybox = images.busybox.reference;
    agent = images.agent.reference;
    lab = await startLab({ hosts: ["h1"], seed: await imageStore([images.busybox, images.agent]) });
    host = lab.host("h1");
  });
  after(() => lab.down());
  afterEach(() => proxy.close());

  const start = async (options: ProxyOptions = {}) => {
    proxy = await startProxy(host, options);
  };
  const docker = (...args: readonly string[]) => runCommand(["docker", "-H", `unix://${proxy.socket}`, ...args]);
  const changes = () =>
    proxy.requests.filter(({ mutating }) => mutating).map(({ method, path, status }) => `${method} ${path} ${status}`);

  test("every request is recorded in order, with what the daemon answered", async () => {
    await start();

    await docker("volume", "create", "first");
    await rejects(docker("volume", "inspect", "second"), /second/);

    deepEqual(changes(), ["POST /volumes/create 201"]);
    deepEqual(
      proxy.requests.slice(-1).map(({ path, mutating, status }) => ({ path, mutating, status })),
      [{ path: "/volumes/second", mutating: false, status: 404 }],
    );
  });

  test("the daemon is asked not to hang up with its answer, which could be lost then", async () => {
    const seen: (string | undefined)[] = [];
    const directory = await mkdtemp(join(tmpdir(), "flexkube-proxy-"));
    const socket = join(directory, "daemon.sock");
    const daemon = createServer(({ headers }, answer) => {
      seen.push(headers.connection);
      answer.end();
    });
    await new Promise<void>((resolve) => daemon.listen(socket, resolve));
    proxy = await startProxy({ socket });

    const answer = await new Promise<IncomingMessage>((resolve, reject) =>
      request({ socketPath: proxy.socket, path: "/_ping", agent: false })
        .once("response", resolve)
        .once("error", reject)
        .end(),
    );

    equal(answer.resume().statusCode, 200);
    deepEqual(seen, ["keep-alive"]);
    daemon.close();
    daemon.closeAllConnections();
    await rm(directory, { recursive: true });
  });

  test("attached containers, standard input and archives pass through", async () => {
    await start();
    const run = ["docker", "-H", `unix://${proxy.socket}`, "run", "--rm", "-i", "--entrypoint", "cat", busybox];

    const echoed = await tryCommand(run, { input: "through and back", deadlineMs: 20_000 });

    equal(echoed.stdout, "through and back");
    await docker("create", "--name", "archive", busybox);
    match(await docker("cp", "archive:/etc/passwd", "-"), /root:x:0:0/);
    await docker("rm", "archive");
  });

  test("an event stream arrives as it happens and ends with its client", async () => {
    await start();
    const stream = request({ socketPath: proxy.socket, path: "/events" }).end();
    const [events] = (await once(stream, "response")) as [IncomingMessage];
    const first = once(events, "data");

    await docker("volume", "create", "seen");

    match(String(await first), /"Action":"create".*"seen"/);
    stream.destroy();
  });

  test("a request that a hook holds back never reaches the daemon", async () => {
    await start({ before: (_, { mutating }) => (mutating ? Promise.reject(new Error("cut")) : undefined) });

    await rejects(docker("volume", "create", "never"));

    await rejects(host.docker("volume", "inspect", "never"), /[Nn]o such volume/);
  });

  test("a request that is cut after the daemon's answer has had its effect, and the client does not know", async () => {
    await start({ after: (_, { mutating }) => (mutating ? Promise.reject(new Error("cut")) : undefined) });

    await rejects(docker("volume", "create", "done"));

    await host.docker("volume", "inspect", "done");
  });

  test("a client killed at its second change leaves only the first", async () => {
    let second = false;
    await start({
      before: (_, { mutating }) => {
        second = mutating && changes().length === 2;
        return second ? new Promise(() => undefined) : undefined;
      },
    });
    const socket = `unix://${proxy.socket}`;
    const script = `docker -H ${socket} volume create one && exec docker -H ${socket} volume create two`;

    const client = spawn("sh", ["-c", script], { stdio: "ignore" });
    await eventually(() => second, { what: "the second change" });
    client.kill("SIGKILL");
    await once(client, "exit");

    deepEqual(changes(), ["POST /volumes/create 201", "POST /volumes/create undefined"]);
    await host.docker("volume", "inspect", "one");
    await rejects(host.docker("volume", "inspect", "two"));
  });

  test("the proxy outlives a power cut of its host", async () => {
    await start();
    await host.kill();

    await rejects(docker("ps"));

    await host.start();
    await docker("ps");
  });

  test("the agent's container talks through it", async () => {
    await start();

    const status = await runAgentOnce(host, ["status", "--socket", proxy.socketForAgent], { image: agent });

    ok(
      proxy.requests.some(({ path }) => path.startsWith("/containers/json")),
      status.stderr,
    );
  });
});
