// What fleet/README.md says of the directory of reports, on a real disk, and of the kinds of findings.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { carriedReports } from "#planner/cli/carried-reports.ts";
import { diskFileIo } from "#planner/io/disk-file-io.ts";
import type { FindingKind } from "./finding.ts";
import { reportText } from "./testing/build-fleet.ts";

test(
  "regular files only are read, hidden ones are left out, and each other says why in its place",
  { timeout: 30_000 },
  async (context) => {
    const directory = mkdtempSync(join(tmpdir(), "flexkube-reports-"));
    context.after(() => rmSync(directory, { recursive: true }));
    writeFileSync(join(directory, "h1.json"), reportText("h1"));
    symlinkSync("h1.json", join(directory, "link.json"));
    writeFileSync(join(directory, ".h2.json"), reportText("h2"));
    mkdirSync(join(directory, "more"));
    execFileSync("mkfifo", [join(directory, "pipe")]);
    symlinkSync("/dev/zero", join(directory, "zero"));
    symlinkSync("nowhere", join(directory, "dangling"));
    writeFileSync(join(directory, "large"), Buffer.alloc(4 * 1024 * 1024 + 1, " "));

    const carried = await carriedReports(directory, { files: diskFileIo() });

    const told = Object.fromEntries(
      carried.map(({ file, report }) => [file, "problem" in report ? report.problem : `of ${report.host}`]),
    );
    const { dangling, large, more, pipe, zero, ...read } = told;
    assert.deepEqual(read, { "h1.json": "of h1", "link.json": "of h1" });
    assert.equal(large, "is no report: it is larger than 4 MiB");
    assert.match(dangling ?? "", /gone|cannot be read/);
    for (const problem of [more, pipe, zero]) assert.match(problem ?? "", /^cannot be read: /);
    await assert.rejects(carriedReports(join(directory, "none"), { files: diskFileIo() }), {
      code: "FILES_UNREADABLE",
    });
  },
);

/** A kind that is not here does not compile. */
const kinds: { readonly [Kind in FindingKind]: true } = {
  unsplit: true,
  "no-report": true,
  "no-node": true,
  ahead: true,
  replayed: true,
  "other-content": true,
  unproven: true,
  behind: true,
  reset: true,
  silent: true,
  "config-refused": true,
  failed: true,
  "under-way": true,
  blocked: true,
  unhealthy: true,
  "node-not-ready": true,
  certificates: true,
  unreadable: true,
  foreign: true,
};

test("the README's table has each kind of finding, and no other", () => {
  const readme = readFileSync(new URL("README.md", import.meta.url), "utf8");
  const table = /## Findings\n[^]*?\|---\|---\|\n([^]*?)\n\n/.exec(readme)?.[1] ?? "";
  const listed = table.split("\n").flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)]);

  assert.deepEqual(listed.map(([, code = ""]) => code).toSorted(), Object.keys(kinds).toSorted());
});
