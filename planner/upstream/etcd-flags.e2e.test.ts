// The table of etcd's flags against the programs of every minor version that the lab has.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { labImages } from "#lab/images.ts";
import { flagsOfEtcd } from "#lab/program-flags.ts";
import { programOf } from "#lab/program.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { ownedEtcdFlags } from "./etcd-owned-flags.ts";
import { etcdFlags } from "./flag-table.ts";

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
