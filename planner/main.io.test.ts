// What the program as a whole writes on a terminal: the same as elsewhere.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { onTerminal, skipWithoutTerminal, withoutTerminal } from "#lab/on-terminal.ts";
import { smallCluster } from "#planner/testing/small-cluster.ts";

const main = fileURLToPath(new URL("./main.ts", import.meta.url));

test(
  "a terminal gets what a file gets: no colour, no other text",
  { skip: skipWithoutTerminal(), timeout: 120_000 },
  async (context) => {
    const directory = mkdtempSync(join(tmpdir(), "flexkube-test-"));
    context.after(() => rmSync(directory, { recursive: true }));
    const [well, faulty] = [join(directory, "cluster.yaml"), join(directory, "faulty.yaml")];
    writeFileSync(well, smallCluster);
    writeFileSync(faulty, `${smallCluster}hots: {}\n`);
    const written = async (start: typeof onTerminal, args: readonly string[]): Promise<string> => {
      const planner = start([process.execPath, main, ...args]);
      let text = "";
      for (const stream of [planner.stdout, planner.stderr])
        stream.setEncoding("utf8").on("data", (part: string) => (text += part));
      await once(planner, "close");
      // what is not there yet has its end counted from now
      return text.replaceAll("\r\n", "\n").replaceAll(/T[0-9:]+Z/g, "T…Z");
    };

    for (const args of [["validate", faulty], ["diff", well], ["certificates", well], ["--help"]]) {
      const shown = await written(onTerminal, args);

      assert.notEqual(shown, "", args.join(" "));
      assert.doesNotMatch(shown, /\u001b/);
      assert.equal(shown, await written(withoutTerminal, args));
    }
  },
);
