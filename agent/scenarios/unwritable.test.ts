// A path that cannot be written, or whose file system dies while it is written, on a host in memory: whom it belongs to
// waits and says why, and the files of all others are there in the same tick, as soon as a told limit allows.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Engine } from "#agent/engine/engine.ts";
import { engineRefused, engineTimeout } from "#agent/engine/errors.ts";
import { readTar } from "#agent/files/tar.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { config, restarted, signalled, web } from "#agent/testing/container-texts.ts";
import { createFakeHost } from "#agent/testing/fake-host.ts";
import type { FakeHost } from "#agent/testing/fake-host.ts";
import { leftoversOf } from "#agent/testing/world-of.ts";
import type { Tick } from "#agent/tick/tick.ts";

const server = ({ command }: { readonly command: readonly string[] }): { readonly endsAfterMs?: number } =>
  command.includes("--check") ? { endsAfterMs: 5 } : {};
const all = (content: string): string => config(web("server:1", content) + signalled(content) + restarted(content));

async function hostWith(before: string | undefined): Promise<FakeHost> {
  const host = createFakeHost({ "server:1": server });
  if (before === undefined) return host;
  host.give(before);
  await host.settle();
  return host;
}

/** The engine's writes below `path` meet `trouble`; answers how many did, and what ends the trouble. */
function spoilWrites(
  { engine }: FakeHost,
  path: string,
  trouble: (put: () => Promise<void>, about: { readonly id: string; readonly deadlineMs: number }) => Promise<void>,
): { readonly count: () => number; readonly mend: () => void } {
  const putArchive = engine.putArchive.bind(engine);
  let count = 0;
  engine.putArchive = async (...args: Parameters<Engine["putArchive"]>) => {
    const put = async (): Promise<void> => putArchive(...args);
    const entries = await readTar(args[2]);
    const isSpoiled = entries.some(({ name }) => `/${name}`.startsWith(path));
    if (!isSpoiled) return put();
    count += 1;
    return trouble(put, { id: args[0], deadlineMs: args[3]?.deadlineMs ?? 60_000 });
  };
  return {
    count: () => count,
    mend: () => {
      engine.putArchive = putArchive;
    },
  };
}

function failuresOf({ executions }: Tick): readonly string[] {
  return executions.flatMap(({ failures }) =>
    failures.map(({ step, error }) => `${step.component}: ${isFlexkubeError(error) ? error.code : String(error)}`),
  );
}

function stateOf({ engine }: FakeHost, name: string): string {
  return engine.containers.find((container) => container.name === name)?.state ?? "not there";
}

const refusal = async (): Promise<void> =>
  Promise.reject(engineRefused("putArchive", { status: 500, reason: "mkdirat: read-only file system" }));

/** What nobody can write → whose it is. */
const places = {
  "/etc/kubernetes/web/": "web",
  "/etc/kubernetes/signalled/": "signalled",
  "/etc/restarted.conf": "restarted",
  "/etc/.restarted.conf": "restarted",
} as const;

describe("a path that cannot be written", () => {
  for (const [path, sick] of Object.entries(places))
    for (const before of [undefined, all("one")]) {
      // a file in use is written beside it
      if (path.startsWith("/etc/.") && before === undefined) continue;
      if (path === "/etc/restarted.conf" && before !== undefined) continue;
      const healthy = ["web", "signalled", "restarted"].filter((name) => name !== sick);
      test(`${path}, ${before === undefined ? "first start" : "change"}: only ${sick} waits`, async () => {
        const host = await hostWith(before);
        const writes = spoilWrites(host, path, refusal);
        host.give(all("two"));

        const done = await host.tick();

        assert.deepEqual(failuresOf(done), [`${sick}: FILES_UNWRITABLE`]);
        assert.ok(writes.count() > 0);
        for (const name of healthy) assert.equal(stateOf(host, name), "running");
        const contents = {
          web: "/etc/kubernetes/web/live/live.conf",
          signalled: "/etc/kubernetes/signalled/live/a.conf",
          restarted: "/etc/restarted.conf",
        };
        for (const [name, file] of Object.entries(contents))
          if (name !== sick) assert.equal(host.engine.host.text(file), "two", file);
        writes.mend();
        await host.settle();
        for (const file of Object.values(contents)) assert.equal(host.engine.host.text(file), "two", file);
        assert.deepEqual(leftoversOf(host), []);
      });
    }
});

/** As dockerd when the file system below `path` dies: the write never ends, nor does the removal of what writes. */
function dieAtWrite(host: FakeHost, path: string): { readonly count: () => number; readonly revive: () => void } {
  const { engine, clock, sick } = host;
  const held = new Set<string>();
  const remove = engine.remove.bind(engine);
  engine.remove = async (id, options) => {
    if (!held.has(id)) return remove(id, options);
    const { deadlineMs = 60_000 } = options ?? {};
    await clock.sleep(deadlineMs);
    throw engineTimeout("remove", deadlineMs);
  };
  const { count, mend } = spoilWrites(host, path, async (_, { id, deadlineMs }) => {
    held.add(id);
    sick.set(path, "its file system does not answer within 3 s");
    await clock.sleep(deadlineMs);
    throw engineTimeout("putArchive", deadlineMs);
  });
  return {
    count,
    revive: () => {
      mend();
      held.clear();
      sick.clear();
    },
  };
}

describe("a file system that dies while it is written", () => {
  for (const [place, sick] of [
    ["/etc/kubernetes/web", "web"],
    ["/etc/kubernetes/signalled", "signalled"],
  ] as const)
    test(`below ${place}: the others wait for half a minute, and once`, async () => {
      const host = await hostWith(all("one"));
      const { clock } = host;
      const writes = dieAtWrite(host, place);
      host.give(all("two"));

      const begun = clock.now();
      const first = await host.tick();
      const firstMs = clock.now() - begun;
      const second = await host.tick();
      const secondMs = clock.now() - begun - firstMs;

      assert.deepEqual(failuresOf(first), [`${sick}: FILES_UNWRITABLE`]);
      assert.ok(firstMs < 40_000, `${firstMs} ms`);
      assert.equal(host.engine.host.text("/etc/restarted.conf"), "two");
      assert.equal(writes.count(), 1);
      assert.deepEqual(
        second.plan?.blocked.map(({ component, code }) => [component, code]),
        [[sick, "unknown"]],
      );
      assert.ok(secondMs < 15_000, `${secondMs} ms`);
      writes.revive();
      await host.settle();
      assert.deepEqual(leftoversOf(host), []);
      assert.equal(host.engine.host.text("/etc/kubernetes/web/live/live.conf"), "two");
      assert.equal(host.engine.host.text("/etc/kubernetes/signalled/live/a.conf"), "two");
    });
});
