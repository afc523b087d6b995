// The lock between runs, on a real disk and between real processes.
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { watch } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "#shared/clock.ts";
import { claimName, parseClaim } from "./claim.ts";
import { diskRunLock } from "./disk-run-lock.ts";
import { ownIdentity } from "./process-identity.ts";

const program = join(import.meta.dirname, "..", "main.ts");
const holder = join(import.meta.dirname, "testing", "hold-lock.ts");
const clock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
};
const lock = diskRunLock(clock);
const second = 1000;

async function scratch(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "flexkube-run-lock-"));
  t.after(() => rm(directory, { recursive: true }));
  return directory;
}

type Ended = { readonly code: number | null; readonly stderr: string };

async function planner(directory: string, ...args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...args], { cwd: directory });
  let stderr = "";
  child.stderr.on("data", (part: Buffer) => void (stderr += part.toString()));
  child.stdout.resume();
  await once(child, "close");
  return { code: child.exitCode, stderr };
}

/** Another process that holds the lock until it is killed. */
async function hold(directory: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [holder, directory], { stdio: ["pipe", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, "close");
  child.kill("SIGKILL");
  await closed;
}

async function claims(directory: string): Promise<readonly string[]> {
  return (await readdir(directory)).filter((name) => parseClaim(name) !== undefined);
}

test("a split beside another run ends with 75 and changes nothing, until that run is killed", async (t) => {
  const directory = await scratch(t);
  await planner(directory, "init");
  const other = await hold(join(directory, "pki"));
  t.after(() => kill(other));

  const beside = await planner(directory, "split");
  const looking = [await planner(directory, "validate"), await planner(directory, "diff")];
  const left = await readdir(directory);
  await kill(other);
  const after = await planner(directory, "split");

  assert.equal(beside.code, 75);
  assert.match(
    beside.stderr,
    new RegExp(`at work on this PKI: pki: process ${other.pid} on [^ ]+: since [0-9]{4}-[^ ]+Z\n$`),
  );
  assert.deepEqual(
    looking.map(({ code }) => code),
    [0, 2],
  );
  assert.deepEqual(left.toSorted(), ["cluster.yaml", "pki"]);
  assert.equal(after.code, 0, after.stderr);
  assert.deepEqual(await claims(join(directory, "pki")), []);
});

test("of splits that begin at once each ends well or with 75, and one writes all", async (t) => {
  const directory = await scratch(t);
  await planner(directory, "init");

  const ended = await Promise.all([1, 2, 3].map(() => planner(directory, "split")));

  const codes = ended.map(({ code }) => code);
  assert.ok(codes.includes(0), ended.map(({ stderr }) => stderr).join(""));
  assert.ok(codes.every((code) => code === 0 || code === 75));
  assert.deepEqual(await claims(join(directory, "pki")), []);
  assert.equal((await planner(directory, "diff")).code, 0);
});

test("a split that is killed while it holds the lock does not stop the next one", async (t) => {
  const directory = await scratch(t);
  await planner(directory, "init");
  await mkdir(join(directory, "pki"));
  const watcher = watch(join(directory, "pki"));
  t.after(() => watcher.close());
  const child = spawn(process.execPath, [program, "split"], { cwd: directory, stdio: "ignore" });

  await once(watcher, "change", { signal: AbortSignal.timeout(60 * second) });
  await kill(child);
  assert.equal(child.signalCode, "SIGKILL");
  const next = await planner(directory, "split");

  assert.equal(next.code, 0, next.stderr);
  assert.deepEqual(await claims(join(directory, "pki")), []);
});

test("a cluster config with problems leaves no directory behind", async (t) => {
  const directory = await scratch(t);
  await writeFile(
    join(directory, "cluster.yaml"),
    "apiVersion: flexkube/v1alpha1\nkind: Cluster\nname: demo\nhosts: {}\n",
  );

  const { code } = await planner(directory, "split", "--pki", "a/b");

  assert.equal(code, 65);
  assert.deepEqual(await readdir(directory), ["cluster.yaml"]);
});

test("never two hold it, however many try", async (t) => {
  const directory = join(await scratch(t), "pki");
  let holders = 0;
  let held = 0;

  const attempts = Array.from({ length: 12 }, async () => {
    const lease = await lock.acquire(directory).catch((error: unknown) => {
      assert.ok(error instanceof Error && "code" in error && error.code === "PKI_LOCKED");
      return undefined;
    });
    if (lease === undefined) return;
    holders += 1;
    held += 1;
    assert.equal(holders, 1);
    await lease.check();
    holders -= 1;
    await lease.release();
  });
  await Promise.all(attempts);

  assert.ok(held > 0);
});

for (const [what, elsewhere] of [
  ["another machine", { boot: "0123" }],
  ["another container", { space: "17" }],
] as const)
  test(`a run of ${what} holds the lock until it was silent for a minute`, async (t) => {
    const directory = await scratch(t);
    const own = await ownIdentity();
    const claim = join(directory, claimName({ ...own, ...elsewhere, since: 0, nonce: "other" }));
    await writeFile(claim, "");
    const now = Date.now() / second;

    await utimes(claim, now - 50, now - 50);
    await assert.rejects(lock.acquire(directory), { code: "PKI_LOCKED" });
    await utimes(claim, now - 61, now - 61);
    const lease = await lock.acquire(directory);

    assert.equal((await claims(directory)).length, 1);
    await lease.release();
    assert.deepEqual(await readdir(directory), []);
  });

test("a holder renews its claim", async (t) => {
  const directory = await scratch(t);
  const wake = Promise.withResolvers<void>();
  const asleepAgain = Promise.withResolvers<void>();
  let naps = 0;
  const untilWoken: Clock["sleep"] = (_ms, signal) => {
    naps += 1;
    if (naps === 1) return wake.promise;
    asleepAgain.resolve();
    return new Promise((_resolve, reject) => {
      signal?.addEventListener("abort", () => reject(new Error("aborted")));
    });
  };
  const lease = await diskRunLock({ now: clock.now, sleep: untilWoken }).acquire(directory);
  const [name = ""] = await claims(directory);
  await utimes(join(directory, name), 1, 1);

  wake.resolve();
  await asleepAgain.promise;

  assert.ok((await stat(join(directory, name))).mtimeMs > second);
  await lease.release();
});

test("a holder whose claim is gone knows it", async (t) => {
  const directory = await scratch(t);
  const lease = await lock.acquire(directory);
  await lease.check();
  for (const name of await claims(directory)) await rm(join(directory, name));

  await assert.rejects(lease.check(), { code: "PKI_LOCK_LOST" });

  await lease.release();
});
