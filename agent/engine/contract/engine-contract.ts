// The contract of the engine port as tests: what every engine does, the fake as well as real ones.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { archiveRows } from "./archive-rows.ts";
import { Bench, hostDirectory, hostMount, type Row, type Subject } from "./bench.ts";
import { identityRows } from "./identity-rows.ts";
import { imageRows } from "./image-rows.ts";
import { lifeRows } from "./life-rows.ts";
import { outputRows } from "./output-rows.ts";
import { podmanRows } from "./podman-rows.ts";
import { powerRows } from "./power-rows.ts";

const rows = [...identityRows, ...lifeRows, ...outputRows, ...imageRows, ...archiveRows, ...powerRows];

/** Registers a test for each row. `open` is called once; `run` is in the label of all that the tests make. */
export function engineContract(
  name: string,
  run: string,
  open: () => Promise<Subject>,
  dialect: "docker" | "podman" = "docker",
): void {
  // the power rows are nothing for company
  void describe(name, { concurrency: false }, () => {
    const opened: Subject[] = [];
    const benchOf = (): Bench => {
      const [subject] = opened;
      assert.ok(subject, "the engine was not opened");
      return new Bench(subject, `${run}-${(count += 1)}`);
    };
    let count = 0;
    before(async () => void opened.push(await open()));
    after(async () => {
      for (const subject of opened) await close(subject, run);
    });

    for (const row of dialect === "podman" ? rowsOnPodman() : rows)
      void test(row.name, async () => {
        const bench = benchOf();
        try {
          await row.run(bench);
        } finally {
          await bench.clean();
        }
      });
    void test("nothing is left of the rows", async () => leavesNothing(benchOf(), run));
  });
}

/** Throws for an expectation that belongs to no row. */
function rowsOnPodman(): readonly Row[] {
  const known = new Set(rows.map(({ name }) => name));
  assert.deepEqual(
    Object.keys(podmanRows).filter((name) => !known.has(name)),
    [],
  );
  return rows.map((row) => podmanRows[row.name] ?? row);
}

async function leavesNothing(bench: Bench, run: string): Promise<void> {
  const mounts = [{ source: "/", target: hostMount, readOnly: false, propagation: "rslave" }] as const;
  const cleaner = await bench.run("cleans", { spec: { mounts } });

  assert.equal(await bench.engine.wait(cleaner), 0);
  assert.equal(await bench.engine.statArchive(cleaner, `${hostMount}${hostDirectory}`), undefined);

  await bench.clean();
  assert.deepEqual(await leftovers(bench.subject, run), []);
}

async function close(subject: Subject, run: string): Promise<void> {
  for (const id of await leftovers(subject, run)) await subject.engine.remove(id);
  await subject.close();
}

async function leftovers({ engine }: Subject, run: string): Promise<readonly string[]> {
  const all = await engine.list({ label: "flexkube.test" });
  return all.filter((item) => item.labels["flexkube.test"]?.startsWith(`${run}-`) === true).map((item) => item.id);
}
