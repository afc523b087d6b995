// Contract rows: what restart policies make of a power cut.
import assert from "node:assert/strict";
import type { RestartPolicy } from "#shared/schema/words/words.ts";
import { isEngineUnreachable } from "#agent/engine/errors.ts";
import type { Bench, Row } from "./bench.ts";

const policies = ["always", "on-failure", "unless-stopped", "no"] as const satisfies readonly RestartPolicy[];

export const powerRows: readonly Row[] = [
  {
    name: "while the power is off calls are ENGINE_UNREACHABLE, and afterwards they work again",
    run: async (bench) => {
      const id = await bench.create("deaf");

      await bench.subject.power.cut();
      await assert.rejects(bench.engine.inspect(id), { code: "ENGINE_UNREACHABLE" });
      await bench.subject.power.on();

      assert.equal((await bench.engine.inspect(id)).state, "created");
    },
  },
  {
    name: "after a power cut every policy but `no` brings its containers back",
    run: async (bench) => {
      const ids = new Map<string, string>();
      for (const restart of policies) ids.set(restart, await bench.runReady("deaf", { restart }));
      const stopped = await bench.runReady("obedient", { restart: "unless-stopped" });
      await bench.engine.stop(stopped, 5);

      await bench.subject.power.cut();
      await bench.subject.power.on();

      for (const restart of ["always", "on-failure", "unless-stopped"])
        await bench.until(ids.get(restart) ?? "", ({ state }) => state === "running");
      const left = await bench.engine.inspect(ids.get("no") ?? "");
      assert.deepEqual([left.state, left.exitCode], ["exited", 255]);
      assert.equal((await bench.engine.inspect(stopped)).state, "exited");
    },
  },
  {
    name: "trap: `unless-stopped` does not bring back what had a signal before the power cut",
    run: async (bench) => {
      const id = await bench.runReady("obedient", { restart: "unless-stopped" });
      await bench.engine.kill(id, "HUP");
      await bench.eventually(async () => (await bench.engine.logs(id, 10)).includes("hup"));

      await bench.subject.power.cut();
      await bench.subject.power.on();

      const details = await bench.engine.inspect(id);
      assert.deepEqual([details.state, details.exitCode], ["exited", 255]);
    },
  },
  {
    name: "a wait and a stream of events that the power cut ends are ENGINE_UNREACHABLE",
    run: async (bench) => {
      const id = await bench.runReady("deaf");
      const waiting = assert.rejects(bench.engine.wait(id), isEngineUnreachable);
      const listening = assert.rejects(listen(bench), isEngineUnreachable);
      await bench.eventually(async () => (await bench.engine.inspect(id)).state === "running");

      await bench.subject.power.cut();

      await Promise.all([waiting, listening]);
      await bench.subject.power.on();
    },
  },
];

async function listen({ engine }: Bench): Promise<void> {
  for await (const event of engine.events()) assert.ok(event.containerId);
}
