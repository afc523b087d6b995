// `logs` as a process, at an engine that a server plays: where the two streams go, and when following ends.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { ownershipLabels } from "#agent/engine/labels.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";

const main = fileURLToPath(new URL("../main.ts", import.meta.url));
const id = "0".repeat(64);
const about = { cluster: "demo", host: "h1", component: "web", container: "web", specHash: "abc" };
const listed = [{ Id: id, Names: ["/web"], Image: "web:1", ImageID: "sha256:1", State: "running", Labels: labels() }];

function labels(): Readonly<Record<string, string>> {
  return ownershipLabels({ ...about, start: undefined, facts: undefined, delivered: undefined });
}

function frame(stream: 1 | 2, text: string): Buffer {
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

/** `agent logs web` at an engine whose container writes a line to each stream, and then `more` of the first, for ever. */
async function follow(context: TestContext, more: boolean) {
  const socket = `${temporaryRoot(context)}/engine.sock`;
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    if (path.endsWith("/version")) response.end(JSON.stringify({ ApiVersion: "1.44" }));
    else if (path.includes("/containers/json")) response.end(JSON.stringify(listed));
    else if (path.includes("/images/")) response.end(JSON.stringify({ Id: "sha256:1", Config: {} }));
    else {
      assert.match(path, /\/logs\?stdout=true&stderr=true&tail=all&follow=true$/);
      response.write(Buffer.concat([frame(1, "out\n"), frame(2, "\u001b[31merr\n")]));
      const goOn = (): void => {
        while (response.write(frame(1, "on and on\n")));
      };
      if (!more) return;
      response.on("drain", goOn);
      goOn();
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(socket, resolve);
  });
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const agent = spawn(process.execPath, [main, "logs", "web", "--follow", "--socket", socket]);
  context.after(() => agent.kill("SIGKILL"));
  const ended = once(agent, "exit");
  return { agent, ended };
}

async function textUntil(stream: NodeJS.ReadableStream, end: string): Promise<string> {
  let text = "";
  stream.setEncoding("utf8").on("data", (part: string) => (text += part));
  while (!text.includes(end)) await once(stream, "data");
  return text;
}

test(
  "output and errors go to their streams, and following ends well when it is told to",
  { timeout: 60_000 },
  async (context) => {
    const { agent, ended } = await follow(context, false);

    const [out, errors] = await Promise.all([textUntil(agent.stdout, "\n"), textUntil(agent.stderr, "\n")]);
    agent.kill("SIGINT");

    assert.deepEqual([out, errors], ["out\n", "\\u001b[31merr\n"]);
    assert.deepEqual(await ended, [0, null]);
  },
);

test("following ends when nobody reads any more", { timeout: 60_000 }, async (context) => {
  const { agent, ended } = await follow(context, true);
  await textUntil(agent.stdout, "on and on");

  agent.stdout.destroy();

  assert.deepEqual(await ended, [0, null]);
});
