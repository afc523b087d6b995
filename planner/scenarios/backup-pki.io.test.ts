// A backup of pki/ on a real disk, brought back as its help says: by age and tar.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env, execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { smallCluster } from "#planner/testing/small-cluster.ts";

const main = fileURLToPath(new URL("../main.ts", import.meta.url));

/** `path mode content` of the directory and all below. */
function tree(directory: string): readonly string[] {
  const paths = readdirSync(directory, { recursive: true, encoding: "utf8" }).map((name) => join(directory, name));
  return [directory, ...paths]
    .map((path) => {
      const stats = statSync(path);
      const content = stats.isFile() ? readFileSync(path, "utf8") : "";
      return `${path.slice(directory.length)} ${stats.mode & 0o7777} ${content}`;
    })
    .toSorted();
}

test(
  "age and tar bring pki/ back as it was, and the planner goes on with it",
  { skip: !hasAge() && env["CI"] === undefined && "age is not installed (.ci/debian installs it)" },
  (context) => {
    const directory = mkdtempSync(join(tmpdir(), "flexkube-backup-pki-"));
    context.after(() => rmSync(directory, { recursive: true }));
    const run = (...args: readonly string[]): string =>
      execFileSync(execPath, [main, ...args], { cwd: directory, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    writeFileSync(join(directory, "cluster.yaml"), smallCluster);
    run("split");
    const before = tree(join(directory, "pki"));
    execFileSync("age-keygen", ["--output", "key.txt"], { cwd: directory, stdio: "ignore" });
    const recipient = execFileSync("age-keygen", ["-y", "key.txt"], { cwd: directory, encoding: "utf8" }).trim();

    run("backup-pki", "--to", "pki.age", "--recipient", recipient);
    rmSync(join(directory, "pki"), { recursive: true });
    execFileSync("sh", ["-c", "age --decrypt --identity key.txt pki.age | tar -x"], { cwd: directory });

    assert.deepEqual(tree(join(directory, "pki")), before);
    const hosts = tree(join(directory, "hosts"));
    run("split");
    assert.ok(hosts.length > 1);
    assert.deepEqual(tree(join(directory, "hosts")), hosts);
  },
);

function hasAge(): boolean {
  try {
    execFileSync("age", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
