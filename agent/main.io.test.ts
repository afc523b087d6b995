// What the program as a whole writes: of the log, which no command prints.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";

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
