// The script that puts CNI plug-ins on the host, run by real shells.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { cniPluginsScript } from "./cni-plugins-script.ts";

type Place = { readonly from: string; readonly to: string; readonly run: () => number | null };

for (const [shell, command, path] of [
  ["sh", ["/bin/sh"], process.env["PATH"] ?? ""],
  // nothing but the shell and busybox itself, as in an image that has no more
  ["busybox without links", ["/bin/busybox", "sh"], "only-busybox"],
] as const) {
  const place = (context: TestContext): Place => {
    const root = mkdtempSync(join(tmpdir(), "flexkube-cni-"));
    context.after(() => rmSync(root, { recursive: true }));
    const [from, to, bin, script] = ["from", "to", "bin", "install.sh"].map((name) => join(root, name)) as [
      string,
      string,
      string,
      string,
    ];
    for (const directory of [from, to, bin]) mkdirSync(directory);
    writeFileSync(script, cniPluginsScript);
    writeFileSync(join(bin, "busybox"), '#!/bin/busybox sh\nexec /bin/busybox "$@"\n', { mode: 0o755 });
    const env = { PATH: path === "only-busybox" ? bin : path };
    const [program, ...args] = command;
    return { from, to, run: () => spawnSync(program, [...args, script, from, to], { env }).status };
  };

  void describe(`with ${shell}`, () => {
    test("every plug-in is copied as a program, over an older one, and nothing else is left", (context) => {
      const { from, to, run } = place(context);
      for (const name of ["bridge", "host-local"]) writeFileSync(join(from, name), `new ${name}`, { mode: 0o755 });
      writeFileSync(join(to, "bridge"), "old");
      writeFileSync(join(to, "other"), "not ours");
      writeFileSync(join(to, ".flexkube-left-over"), "by a run that was cut");

      assert.equal(run(), 0);

      assert.deepEqual(readdirSync(to).toSorted(), ["bridge", "host-local", "other"]);
      assert.equal(readFileSync(join(to, "bridge"), "utf8"), "new bridge");
      assert.equal(statSync(join(to, "host-local")).mode & 0o777, 0o755);
      assert.equal(readFileSync(join(to, "other"), "utf8"), "not ours");
    });

    test("a plug-in is replaced by rename: who runs the old one keeps it", (context) => {
      const { from, to, run } = place(context);
      writeFileSync(join(from, "bridge"), "new", { mode: 0o755 });
      writeFileSync(join(to, "bridge"), "old");
      const before = statSync(join(to, "bridge")).ino;

      assert.equal(run(), 0);

      assert.notEqual(statSync(join(to, "bridge")).ino, before);
    });

    test("an image without plug-ins ends with an error", (context) => {
      const { to, run } = place(context);

      assert.notEqual(run(), 0);
      assert.deepEqual(readdirSync(to), []);
    });

    test("a plug-in that cannot be read changes none of those that are there", (context) => {
      const { from, to, run } = place(context);
      writeFileSync(join(from, "bridge"), "new", { mode: 0o755 });
      mkdirSync(join(from, "host-local"));
      writeFileSync(join(to, "bridge"), "old");
      chmodSync(join(to, "bridge"), 0o755);

      assert.notEqual(run(), 0);
      assert.equal(readFileSync(join(to, "bridge"), "utf8"), "old");
    });
  });
}
