// A machine's disk is the same to the byte when it is made again, in another directory: for the suites that tests begin machines with.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { runCommand } from "#lab/run-command.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { skipWithoutRelease } from "#lab/skip-without-release.ts";

const root = join(import.meta.dirname, "root");
const architecture = (await runCommand(["dpkg", "--print-architecture"])).trim();

for (const suite of ["trixie", "bookworm"])
  test(
    `a Debian of ${suite} that is made twice is the same disk`,
    { skip: skipWithoutLab() || skipWithoutRelease(), timeout: 1_800_000 },
    async (t) => {
      const made: string[] = [];
      for (const name of ["one", "another"]) {
        const directory = await mkdtemp(join(tmpdir(), `flexkube-root-${name}-`));
        t.after(async () => rm(directory, { recursive: true }));
        made.push((await runCommand([root, suite, architecture, directory])).trim());
      }

      assert.equal(new Set(made).size, 2);
      await runCommand(["cmp", ...made]);
    },
  );
