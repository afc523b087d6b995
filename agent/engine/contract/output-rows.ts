// Contract rows: what a container writes, stream by stream.
import assert from "node:assert/strict";
import type { OutputWanted } from "#agent/engine/engine.ts";
import type { Bench, Row } from "./bench.ts";

/** All of it, by stream. */
async function written(
  bench: Bench,
  id: string,
  wanted: OutputWanted = {},
): Promise<Readonly<Record<"stdout" | "stderr", string>>> {
  const all = { stdout: "", stderr: "" };
  for await (const { stream, bytes } of bench.engine.output(id, wanted)) all[stream] += Buffer.from(bytes).toString();
  return all;
}

export const outputRows: readonly Row[] = [
  {
    name: "output and errors are told apart, and following one that runs ends with it",
    run: async (bench) => {
      const id = await bench.run("complains");

      const followed = await written(bench, id, { follow: true });

      assert.deepEqual(followed, { stdout: "out\n", stderr: "err\nlater\n" });
      assert.equal((await bench.engine.inspect(id)).state, "exited");
      assert.deepEqual(await written(bench, id), followed);
    },
  },
  {
    name: "the last lines of the output, none, and all of it",
    run: async (bench) => {
      const id = await bench.run("talks");
      await bench.engine.wait(id);

      assert.equal((await written(bench, id, { tail: 2 })).stdout, "line 4\nline 5\n");
      assert.equal((await written(bench, id, { tail: 0 })).stdout, "");
      assert.equal((await written(bench, id, { tail: 9 })).stdout, (await written(bench, id)).stdout);
    },
  },
  {
    name: "what is older than asked for is left out",
    run: async (bench) => {
      const id = await bench.run("talks");
      await bench.engine.wait(id);
      const now = bench.clock.now();

      assert.equal((await written(bench, id, { sinceMs: now + 3_600_000 })).stdout, "");
      assert.match((await written(bench, id, { sinceMs: now - 3_600_000 })).stdout, /^line 1\n/);
    },
  },
  {
    name: "following one that is silent begins at once, and ends with the signal",
    run: async (bench) => {
      const id = await bench.runReady("deaf");
      const abort = new AbortController();
      const seen: string[] = [];

      const following = (async () => {
        const options = { signal: abort.signal, deadlineMs: 5000 };
        for await (const { bytes } of bench.engine.output(id, { follow: true }, options)) {
          seen.push(Buffer.from(bytes).toString());
          abort.abort();
        }
      })();
      await following;

      assert.deepEqual(seen, ["ready\n"]);
      const silent = bench.engine.output(id, { tail: 0, follow: true }, { signal: AbortSignal.timeout(500) });
      for await (const piece of silent) assert.fail(`it wrote ${JSON.stringify(piece)}`);
    },
  },
  {
    name: "output of what is not there is ENGINE_NOT_FOUND",
    run: async (bench) => {
      await assert.rejects(written(bench, "nothing-is-called-so"), { code: "ENGINE_NOT_FOUND" });
    },
  },
];
