import { deepEqual, match } from "node:assert/strict";
import { execPath } from "node:process";
import { test } from "node:test";
import { freePort } from "./free-port.ts";
import { tryCommand } from "./run-command.ts";

test("a port is handed out once, whoever asks, and again when that process has ended", async () => {
  const range = { first: 19_000, last: 19_004 };
  const asking = `import { freePort } from "${new URL("free-port.ts", import.meta.url).href}"; console.log(await freePort(${JSON.stringify(range)}));`;
  const another = async () => tryCommand([execPath, "--input-type=module", "--eval", asking]);

  const theirs = (await another()).stdout.trim();
  match(theirs, /^1900[0-3]$/);
  const ours = await Promise.all([1, 2, 3, 4].map(async () => freePort(range)));
  deepEqual(new Set(ours), new Set([19_000, 19_001, 19_002, 19_003]));
  const { exitCode, stderr } = await another();
  deepEqual(exitCode, 1);
  match(stderr, /no free port among/);
});
