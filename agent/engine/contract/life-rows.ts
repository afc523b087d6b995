// Contract rows: start, stop, signals, restart policies, updates, logs, events.
import assert from "node:assert/strict";
import { isEngineNotFound } from "#agent/engine/errors.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import type { Row } from "./bench.ts";
import { obedientExit } from "./programs.ts";

async function isDone(call: Promise<void>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (isFlexkubeError(error, "ENGINE_REFUSED")) return false;
    throw error;
  }
}

export const lifeRows: readonly Row[] = [
  {
    name: "a start of what runs and a stop of what does not are success",
    run: async (bench) => {
      const id = await bench.create("obedient");

      await bench.engine.stop(id, 1);
      await bench.engine.start(id);
      await bench.engine.start(id);
      await bench.engine.stop(id, 5);
      await bench.engine.stop(id, 5);

      assert.equal((await bench.engine.inspect(id)).state, "exited");
    },
  },
  {
    name: "a stop lets the program end by itself",
    run: async (bench) => {
      const id = await bench.runReady("obedient");

      await bench.engine.stop(id, 20);

      assert.equal((await bench.engine.inspect(id)).exitCode, obedientExit);
    },
  },
  {
    name: "a stop kills after its timeout, with exit code 137",
    run: async (bench) => {
      const id = await bench.runReady("deaf");
      const begin = bench.clock.now();

      await bench.engine.stop(id, 1);

      assert.ok(bench.clock.now() - begin >= 900);
      assert.equal((await bench.engine.inspect(id)).exitCode, 137);
    },
  },
  {
    name: "a stop sends the container's own stop signal",
    run: async (bench) => {
      const id = await bench.runReady("deaf", { spec: { stopSignal: "SIGKILL" } });
      const begin = bench.clock.now();

      await bench.engine.stop(id, 15);

      assert.ok(bench.clock.now() - begin < 10_000);
      assert.equal((await bench.engine.inspect(id)).exitCode, 137);
    },
  },
  {
    name: "a signal reaches the program, which goes on",
    run: async (bench) => {
      const id = await bench.runReady("obedient");

      await bench.engine.kill(id, "HUP");

      await bench.eventually(async () => (await bench.engine.logs(id, 10)).includes("hup"));
      assert.equal((await bench.engine.inspect(id)).state, "running");
    },
  },
  {
    name: "a signal to what does not run is ENGINE_CONFLICT",
    run: async (bench) => {
      const id = await bench.create("obedient");

      await assert.rejects(bench.engine.kill(id, "HUP"), { code: "ENGINE_CONFLICT" });
    },
  },
  {
    name: "wait resolves to the exit code, also when it is over already",
    run: async (bench) => {
      const id = await bench.run("crashes");

      assert.equal(await bench.engine.wait(id), 9);
      assert.equal(await bench.engine.wait(id), 9);
    },
  },
  {
    name: "wait ends with ENGINE_TIMEOUT at its deadline and with the signal's reason at an abort",
    run: async (bench) => {
      const id = await bench.run("deaf");
      const abort = new AbortController();
      const waiting = assert.rejects(bench.engine.wait(id, { signal: abort.signal }), { message: "enough" });
      abort.abort(new Error("enough"));

      await waiting;
      await assert.rejects(bench.engine.wait(id, { deadlineMs: 50 }), { code: "ENGINE_TIMEOUT" });
    },
  },
  {
    name: "a removal ends what runs, and is success for what is gone",
    run: async (bench) => {
      const id = await bench.run("deaf");

      await bench.engine.remove(id);
      await bench.engine.remove(id);

      await assert.rejects(bench.engine.inspect(id), { code: "ENGINE_NOT_FOUND" });
      await assert.rejects(bench.engine.start(id), { code: "ENGINE_NOT_FOUND" });
    },
  },
  {
    name: "logs are the last lines, in order",
    run: async (bench) => {
      const id = await bench.run("talks");
      await bench.engine.wait(id);

      assert.equal(await bench.engine.logs(id, 2), "line 4\nline 5\n");
      assert.equal(await bench.engine.logs(id, 100), "line 1\nline 2\nline 3\nline 4\nline 5\n");
    },
  },
  {
    name: "an update changes restart policy and limits of a running container, and lifts what is no longer limited",
    run: async (bench) => {
      const id = await bench.run("deaf", {
        resources: { memoryBytes: 33_554_432, cpus: 0.5, cpuShares: 512, pids: 20 },
      });

      await bench.engine.update(id, { restart: "always", resources: { memoryBytes: 67_108_864 } });
      const changed = await bench.engine.inspect(id);
      await bench.engine.update(id, { resources: {} });
      const lifted = await bench.engine.inspect(id);

      assert.equal(changed.restart, "always");
      assert.deepEqual(changed.resources, { memoryBytes: 67_108_864 });
      assert.equal(lifted.restart, "always");
      assert.deepEqual(lifted.resources, {});
      assert.equal(lifted.state, "running");
    },
  },
  {
    name: "limits can be set on a container that had none",
    run: async (bench) => {
      const resources = { memoryBytes: 33_554_432, cpus: 0.25, cpuShares: 256, pids: 30 };
      const id = await bench.create("deaf");

      await bench.engine.update(id, { resources });

      assert.deepEqual((await bench.engine.inspect(id)).resources, resources);
    },
  },
  {
    name: "the policy starts a crashing program again, and counts",
    run: async (bench) => {
      const id = await bench.run("crashes", { restart: "always" });

      const details = await bench.until(id, ({ restartCount }) => restartCount >= 2);

      assert.equal(details.exitCode === 9 || details.state === "running", true);
      // at the moment of a crash it may be refused
      await bench.eventually(async () => isDone(bench.engine.update(id, { restart: "no" })));
      const ended = await bench.until(id, ({ state }) => state === "exited");
      assert.equal(ended.exitCode, 9);
    },
  },
  {
    name: "the policy on-failure leaves a program alone that succeeded",
    run: async (bench) => {
      const id = await bench.run("succeeds", { restart: "on-failure" });

      await bench.engine.wait(id);

      const details = await bench.engine.inspect(id);
      assert.equal(details.state, "exited");
      assert.equal(details.restartCount, 0);
    },
  },
  {
    name: "a stop ends the restarts of a crashing program",
    run: async (bench) => {
      const id = await bench.run("crashes", { restart: "always" });
      await bench.until(id, ({ restartCount }) => restartCount >= 1);

      await bench.engine.stop(id, 1);

      await bench.until(id, ({ state }) => state === "exited");
    },
  },
  {
    name: "trap: a rename between two restarts may be ENGINE_NOT_FOUND; after a stop it works, and so does an update",
    run: async (bench) => {
      const id = await bench.run("crashes", { restart: "always" });
      await bench.until(id, ({ state, restartCount }) => state === "restarting" && restartCount >= 5);

      const refused = await bench.engine.rename(id, bench.name()).catch((error: unknown) => error);
      await bench.engine.stop(id, 1);
      const name = bench.name();
      await bench.engine.rename(id, name);
      await bench.engine.update(id, { restart: "no", resources: { memoryBytes: 33_554_432 } });

      // 28.5 has mended it
      assert.ok(refused === undefined || isEngineNotFound(refused));
      const { name: renamed, state, restart } = await bench.engine.inspect(id);
      assert.deepEqual([renamed, state, restart], [name, "exited", "no"]);
    },
  },
  {
    name: "what crashes in a loop can be removed, and its policy changed",
    run: async (bench) => {
      const id = await bench.run("crashes", { restart: "always" });
      await bench.until(id, ({ state, restartCount }) => state === "restarting" && restartCount >= 5);

      // at the moment of a crash it may be refused
      await bench.eventually(async () => isDone(bench.engine.update(id, { restart: "on-failure" })));
      await bench.engine.start(id);
      const { restart } = await bench.engine.inspect(id);
      await bench.engine.remove(id);

      assert.equal(restart, "on-failure");
      await assert.rejects(bench.engine.inspect(id), { code: "ENGINE_NOT_FOUND" });
    },
  },
  {
    name: "what was never started can be renamed, changed, stopped and started",
    run: async (bench) => {
      const id = await bench.create("obedient", { restart: "always" });
      const name = bench.name();

      await bench.engine.rename(id, name);
      await bench.engine.update(id, { restart: "no" });
      await bench.engine.stop(id, 1);
      await bench.engine.start(id);

      const details = await bench.engine.inspect(id);
      assert.deepEqual([details.name, details.restart, details.state], [name, "no", "running"]);
    },
  },
  {
    name: "trap: after a signal the policy restarts nothing",
    run: async (bench) => {
      const id = await bench.runReady("crashesLater", { restart: "always" });

      await bench.engine.kill(id, "HUP");

      await bench.until(id, ({ state }) => state === "exited");
      await bench.clock.sleep(500);
      const details = await bench.engine.inspect(id);
      assert.deepEqual([details.state, details.restartCount, details.exitCode], ["exited", 0, 5]);
    },
  },
  {
    name: "events tell of starts, of ends with their exit codes, and of removals",
    run: async (bench) => {
      const abort = new AbortController();
      const seen: string[] = [];
      let opened = 0;
      const id = await bench.create("ends");
      const listening = (async () => {
        const asked = { signal: abort.signal, onOpen: () => (opened += 1) };
        for await (const { containerId, action, exitCode } of bench.engine.events(asked))
          if (containerId === id) seen.push(action === "die" ? `die ${exitCode ?? ""}` : action);
      })();

      // the subscription begins at an unknown moment, so there is more than one start
      await bench.eventually(async () => {
        await bench.engine.start(id);
        await bench.engine.wait(id);
        return seen.includes("start") && seen.includes("die 3");
      });
      await bench.engine.remove(id);
      await bench.eventually(async () => Promise.resolve(seen.includes("destroy")));
      abort.abort();

      await listening;
      assert.equal(opened, 1);
    },
  },
  {
    name: "control groups are the host's or the container's own, as asked",
    run: async (bench) => {
      const namespaceOf = async (cgroupnsMode: "host" | "private"): Promise<string> => {
        const id = await bench.run("cgroups", { spec: { cgroupnsMode } });
        await bench.eventually(async () => (await bench.engine.logs(id, 10)).includes("\n"));
        return bench.engine.logs(id, 10);
      };

      const host = await namespaceOf("host");

      assert.equal(await namespaceOf("host"), host);
      assert.notEqual(await namespaceOf("private"), host);
    },
  },
];
