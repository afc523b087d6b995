// Images are made by several at once: who waits for one image keeps nobody from another.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { eventually } from "#lab/eventually.ts";
import { runCommand } from "#lab/run-command.ts";

const make = fileURLToPath(new URL("make", import.meta.url));

test("while one image is being made, others are made and told of", async (t) => {
  const cache = await mkdtemp(join(tmpdir(), "flexkube-images-"));
  const images = join(cache, "images");
  await mkdir(images);
  const env = { ...process.env, FLEXKUBE_CACHE: cache };

  // as if another process made the second one for minutes
  const other = spawn("flock", [join(images, "haproxy.lock"), "cat"], { stdio: ["pipe", "ignore", "inherit"] });
  await eventually(async () => assert.rejects(runCommand(["flock", "-n", join(images, "haproxy.lock"), "true"])), {
    what: "the second image is being made",
    deadlineMs: 10_000,
  });
  const waiting = spawn(make, ["busybox", "haproxy"], { env, stdio: "ignore", detached: true });
  t.after(async () => {
    process.kill(-(waiting.pid ?? 0), "SIGKILL");
    other.stdin.end();
    await Promise.all([once(other, "exit"), once(waiting, "exit")]);
    await rm(cache, { recursive: true });
  });
  const index = async (): Promise<string> => readFile(join(images, "index.json"), "utf8");
  await eventually(async () => assert.match(await index(), /busybox/), { what: "the first image", deadlineMs: 30_000 });

  await runCommand([make, "busybox"], { env, deadlineMs: 30_000 });

  assert.equal(waiting.exitCode, null);
});
