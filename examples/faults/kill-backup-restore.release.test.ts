// A backup and a restore of etcd killed with SIGKILL before and after the calls by which they change a real Docker host. The next one
// comes to the end that an undisturbed one comes to, no good backup and no former data is lost on the way, and nothing is left over.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startClusterLab } from "#lab/cluster-lab.ts";
import type { Lab } from "#lab/lab.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { createEtcdGround, keep } from "./etcd-ground.ts";
import type { EtcdGround } from "./etcd-ground.ts";
import { leftovers } from "./host-world.ts";
import type { Kill, Killed, Moment } from "./kill-at-call.ts";

/** To make and to exchange: a container each, made, started, waited for and removed. */
const fewestOfRestore = 8;
/** The same for the snapshot and for what keeps it, and keys that are put into the first. */
const fewestOfBackup = 9;

const undisturbed: Kill = { moment: "before", n: Infinity };
const moments = ["before", "after"] satisfies readonly Moment[];

describe(
  "a backup and a restore killed at their calls",
  { skip: skipWithoutLab("namespace"), timeout: 3_600_000 },
  () => {
    let lab: Lab;
    let ground: EtcdGround;

    before(async () => {
      lab = await startClusterLab(["h1"]);
      ground = await createEtcdGround(lab);
    });

    after(async () => {
      await lab.down();
      await ground.remove();
    });

    /** Every row: the place in words, for what fails. */
    const rows = async (calls: number, row: (kill: Kill, place: string) => Promise<void>): Promise<void> => {
      for (const moment of moments)
        for (let n = 1; n <= calls; n++) await row({ moment, n }, `killed ${moment} call ${n} of ${calls}`);
    };
    const assertCut = ({ cut, said }: Killed, place: string): string => {
      assert.ok(cut !== undefined, `${place}: it came to its end\n${said}`);
      return `${place}: ${cut.method} ${cut.path}`;
    };
    const good = async (): Promise<readonly string[]> =>
      (await ground.backup("list"))
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => line.split(" ")[0] ?? "");

    test("a backup: as many good ones as before, the next one is made, nothing half done stays", async (t) => {
      for (let count = 0; count < keep; count++) await ground.backup("take");
      const { calls } = await ground.takeAndKill(undisturbed);
      assert.ok(calls >= fewestOfBackup, `${calls} calls`);
      const shape = (files: readonly string[]): string => files.map((name) => name.replaceAll(/-[0-9].*Z/g, "")).join();
      const end = shape(await ground.files());
      assert.equal((await good()).length, keep);

      await rows(calls, async (kill, place) => {
        const former = await good();
        const where = assertCut(await ground.takeAndKill(kill), place);
        const between = await good();
        assert.ok(between.length >= keep, `${where}: ${between.join()}`);
        assert.ok(between.includes(former[0] ?? ""), `${where}: the newest has gone`);

        await ground.backup("take");

        const files = await ground.files();
        assert.equal(shape(files), end, where);
        assert.ok(!former.includes((await good())[0] ?? ""), `${where}: no newer one`);
        assert.deepEqual(await ground.helpers(), [], where);
      });
      await ground.backup("check");
      t.diagnostic(`a backup takes ${calls} calls`);
    });

    test("a restore: the snapshot's data in place, the former aside", async (t) => {
      await ground.bringFormer();
      const { calls, said } = await ground.applyAndKill(undisturbed);
      assert.ok(calls >= fewestOfRestore, `${calls} calls:\n${said}`);
      assert.equal(await ground.converge(), 0, said);
      const end = await ground.world();
      assert.equal(end.keys, "kept\nbefore the snapshot\n");
      assert.ok(end.isFormerKept);
      assert.deepEqual(leftovers(end.host), []);
      let mostTicks = 0;

      await rows(calls, async (kill, place) => {
        await ground.bringFormer();
        const where = assertCut(await ground.applyAndKill(kill), place);

        const ticks = await ground.converge();

        assert.deepEqual(await ground.world(), end, where);
        mostTicks = Math.max(mostTicks, ticks);
      });
      t.diagnostic(`a restore takes ${calls} calls; killed at any, it takes at most ${mostTicks} ticks more`);
    });
  },
);
