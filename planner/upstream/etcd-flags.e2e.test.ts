// The table of etcd's flags against the programs of every minor version that the lab has.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { etcdRefusal } from "#lab/etcd-start.ts";
import { labImages } from "#lab/images.ts";
import { flagsOfEtcd } from "#lab/program-flags.ts";
import { programOf } from "#lab/program.ts";
import { tryCommand } from "#lab/run-command.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { etcdGates } from "./etcd-flag-domains.ts";
import { ownedEtcdFlags } from "./etcd-owned-flags.ts";
import { etcdFlags } from "./flag-table.ts";
import { fatalValues, takenValues } from "./testing/etcd-values.ts";

const versions = { "3.5": "etcd35", "3.6": "etcd36", "3.7": "etcd37" } as const;

describe("flags and the programs of etcd", { skip: skipWithoutLab(), timeout: 300_000 }, () => {
  let directory: string;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "flexkube-etcd-flags-"));
  });
  after(async () => rm(directory, { recursive: true, force: true }));

  for (const [version, name] of Object.entries(versions))
    test(`etcd ${version} knows the flags of the table, with values of these kinds`, async () => {
      const program = await programOf((await labImages(name))[name], "usr/local/bin/etcd", directory);

      assert.deepEqual(await flagsOfEtcd(program), etcdFlags(version));
    });

  for (const minor of ["3.5", "3.6", "3.7"] as const)
    test(`etcd ${minor} ends at the values that the planner refuses and takes those at the edge`, async () => {
      const program = await programOf(
        (await labImages(versions[minor]))[versions[minor]],
        "usr/local/bin/etcd",
        directory,
      );
      const known = (argument: string): boolean =>
        Object.hasOwn(etcdFlags(minor) ?? {}, argument.replace(/^--/, "").replace(/=.*$/s, ""));

      const refusals = await Promise.all(
        fatalValues
          .filter(known)
          .map(async (each) => ((await etcdRefusal(program, [each], directory)) === "" ? [each] : [])),
      );

      assert.deepEqual(refusals.flat(), []);
      assert.equal(await etcdRefusal(program, takenValues.filter(known), directory), "");
    });

  for (const minor of ["3.6", "3.7"] as const)
    test(`etcd ${minor} has the feature gates of the table`, async () => {
      const program = await programOf(
        (await labImages(versions[minor]))[versions[minor]],
        "usr/local/bin/etcd",
        directory,
      );

      const { stdout, stderr } = await tryCommand([program, "--help"]);
      const gates = [...`${stdout}${stderr}`.matchAll(/^ +([A-Za-z0-9]+)=true\|false/gm)].map(([, name]) => name);

      assert.deepEqual(gates, etcdGates(minor)?.toSorted());
    });

  test("every flag that is refused as ours is one of etcd's", () => {
    const all = Object.keys(versions).flatMap((version) => Object.keys(etcdFlags(version) ?? {}));
    // of versions before 3.5, or hidden from the help
    const older = new Set(["ca-file", "config-file", "proxy", "proxy-*", "unsafe-*", "discovery*"]);

    const strangers = ownedEtcdFlags.filter(
      (flag) =>
        !older.has(flag) &&
        !all.some((each) => (flag.endsWith("*") ? each.startsWith(flag.slice(0, -1)) : each === flag)),
    );

    assert.deepEqual(strangers, []);
  });
});
