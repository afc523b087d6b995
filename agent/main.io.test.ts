// What the program as a whole writes: of the log, which no command prints.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { onTerminal, skipWithoutTerminal, withoutTerminal } from "#lab/on-terminal.ts";

const main = fileURLToPath(new URL("./main.ts", import.meta.url));

for (const format of ["json", "text"])
  test(`the log moves no terminal either, whatever it tells of: ${format}`, { timeout: 60_000 }, async (context) => {
    const root = temporaryRoot(context);
    const socket = `${root}/\u009b2J\u202e\u001b[31m.sock`;
    const args = [
      main,
      "run",
      "--log-format",
      format,
      "--socket",
      socket,
      "--state",
      root,
      "--config",
      `${root}/host.yaml`,
    ];
    const agent = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
    context.after(() => agent.kill("SIGKILL"));
    let log = "";
    agent.stderr.setEncoding("utf8").on("data", (part: string) => (log += part));

    while (!log.includes("ENOENT")) await once(agent.stderr, "data");

    assert.match(log, /\\u009b2J\\u202e/);
    assert.equal(log.startsWith("{"), format === "json");
    assert.doesNotMatch(log, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  });

type Started = ReturnType<typeof onTerminal>;
type Start = typeof onTerminal;

/** What an agent without a host config logs until it says so, where it writes to. */
async function logOf(context: TestContext, start: Start, changes: NodeJS.ProcessEnv, args: readonly string[] = []) {
  const root = temporaryRoot(context);
  const places = ["--socket", `${root}/none.sock`, "--state", root, "--config", `${root}/host.yaml`];
  const agent = start([process.execPath, main, "run", ...places, ...args], changes);
  let log = "";
  let isTold = false;
  for (const stream of [agent.stdout, agent.stderr])
    stream.setEncoding("utf8").on("data", (part: string) => {
      log += part;
      if (!isTold && log.includes("ENOENT")) end(agent);
      isTold ||= log.includes("ENOENT");
    });
  await once(agent, "close");
  return log.split(/\r?\n/).filter((line) => !["", "^C"].includes(line));
}

/** As a person ends it; elsewhere as a service does. */
function end(agent: Started): void {
  if (agent.spawnfile === "script") agent.stdin.write("\u0003");
  else agent.kill();
}

const skip = skipWithoutTerminal();
const textLine = /^(?:\^C)?[0-9:.]+ (?:INFO |WARN |ERROR) /;

test(
  "on a terminal the log is text with colours, with NO_COLOR without any",
  { skip, timeout: 60_000 },
  async (context) => {
    const coloured = await logOf(context, onTerminal, {});
    const emptied = await logOf(context, onTerminal, { NO_COLOR: "" });
    const plain = await logOf(context, onTerminal, { NO_COLOR: "1" });

    for (const lines of [coloured, emptied]) {
      assert.ok(lines.length > 0);
      for (const line of lines) assert.match(line, /\u001b\[3[123]m(?:INFO |WARN |ERROR)\u001b\[0m /);
    }
    assert.ok(plain.length > 0);
    for (const line of plain) assert.match(line, textLine);
    assert.doesNotMatch(plain.join("\n"), /\u001b/);
  },
);

test("without a terminal each line of the log is JSON, and text where it is asked for has no colour", async (context) => {
  const json = await logOf(context, withoutTerminal, {});
  const text = await logOf(context, withoutTerminal, {}, ["--log-format", "text"]);

  assert.ok(json.length > 0);
  for (const line of json) assert.equal(typeof JSON.parse(line), "object");
  for (const line of text) assert.match(line, textLine);
});

test("on a terminal JSON is to be had too, and is no text", { skip, timeout: 60_000 }, async (context) => {
  const lines = await logOf(context, onTerminal, {}, ["--log-format", "json"]);

  for (const line of lines) assert.equal(typeof JSON.parse(line.replace(/^\^C/, "")), "object");
});
