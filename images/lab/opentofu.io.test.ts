// Which program the provider is tried with: the machine's, unless it is too old for the provider.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runCommand } from "#lab/run-command.ts";

const opentofu = fileURLToPath(new URL("opentofu", import.meta.url));

test("the machine's program is taken, a Terraform only where it does too, and none that is too old", async (t) => {
  const root = await mkdtemp(join(tmpdir(), "flexkube-opentofu-"));
  t.after(() => rm(root, { recursive: true }));
  const program = async (folder: string, name: string, says: string): Promise<void> => {
    await mkdir(join(root, folder), { recursive: true });
    await writeFile(join(root, folder, name), `#!/bin/sh\necho '${says}'\necho on linux_amd64\n`, { mode: 0o755 });
  };
  await program("old", "terraform", "Terraform v1.5.7");
  await program("new", "terraform", "Terraform v1.11.0");
  await program("newest", "tofu", "OpenTofu v2.0.0");
  const taken = async (folders: readonly string[], ...more: readonly string[]): Promise<string> => {
    const path = [...folders.map((each) => join(root, each)), "/usr/bin", "/bin"].join(":");
    return (await runCommand([opentofu, ...more], { env: { PATH: path } })).trim();
  };

  assert.equal(await taken(["new", "newest"], "--or-terraform"), join(root, "new/terraform"));
  assert.equal(await taken(["new", "newest"]), join(root, "newest/tofu"));
  assert.equal(await taken(["old", "newest"], "--or-terraform"), join(root, "newest/tofu"));
});
