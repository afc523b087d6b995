// A process whose main thread stands still is ended from beside it, and says why.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { execPath } from "node:process";
import { test } from "node:test";
import { countCalls } from "./count-calls.ts";

const module = new URL("watchdog.ts", import.meta.url).href;

/** How a program that has a watchdog with a limit of a second ends. */
async function endOf(body: string): Promise<{ readonly signal: string | null; readonly text: string }> {
  const program = `const { startWatchdog } = await import(${JSON.stringify(module)});
const watchdog = startWatchdog({ limitMs: 1000, everyMs: 100 });
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
${body}`;
  const child = spawn(execPath, ["--input-type=module", "--eval", program], { stdio: ["ignore", "inherit", "pipe"] });
  let text = "";
  const late = setTimeout(() => child.kill("SIGTERM"), 15_000);
  child.on("close", () => clearTimeout(late));
  child.stderr.on("data", (chunk) => (text += String(chunk)));
  return new Promise((resolve) => child.on("close", (_code, signal) => resolve({ signal, text })));
}

test("a main thread that hangs is ended, and says why", async () => {
  const { signal, text } = await endOf("for (;;);");

  assert.equal(signal, "SIGKILL");
  assert.match(text, /"level":60.*"msg":"the loop is overdue and shows no life/);
});

test("a loop that waits for ever is ended though the thread is free", async () => {
  assert.equal(
    (await endOf("setInterval(() => undefined, 50); await new Promise(() => undefined);")).signal,
    "SIGKILL",
  );
});

test("signs of life and a longer limit keep it, and it keeps no process from its end", async () => {
  const alive = await endOf("for (let n = 0; n < 20; n++) { await sleep(100); watchdog.alive(); }");
  const patient = await endOf("watchdog.limit(60_000); await sleep(2000);");
  const closed = await endOf("await watchdog.close(); await sleep(2000);");

  assert.deepEqual([alive.signal, patient.signal, closed.signal], [null, null, null]);
});

test("calls under way are counted until they end, streams are not", async () => {
  let open = 0;
  const seen: number[] = [];
  let finish: () => void = () => undefined;
  const port = countCalls(
    {
      ask: async () => new Promise<void>((resolve) => (finish = resolve)),
      fail: async () => Promise.reject(new Error("no")),
      events: async () => new Promise<void>(() => undefined),
    },
    (by) => (open += by),
    ["events"],
  );

  const asked = port.ask();
  void port.events();
  seen.push(open);
  finish();
  await asked;
  await assert.rejects(port.fail());
  seen.push(open);

  assert.deepEqual(seen, [1, 0]);
});
