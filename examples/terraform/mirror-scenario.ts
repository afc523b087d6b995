// Without any registry: the provider's archive in a directory, as the README has it, and what Terraform or OpenTofu makes of that.
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { arch } from "node:process";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { version } from "#shared/version.ts";
import { packageEntries, packageName } from "../../images/release/provider-package.ts";
import { zip } from "../../images/release/zip.ts";
import type { WorkspaceOptions } from "./workspace.ts";
import { workspaceFor } from "./workspace.ts";

const readme = fileURLToPath(new URL("../../planner/terraform/README.md", import.meta.url));
const platform = arch === "arm64" ? "linux_arm64" : "linux_amd64";

/** By the source address without a host each takes its own registry's. */
function registryOf(program: string): string {
  return basename(program) === "terraform" ? "registry.terraform.io" : "registry.opentofu.org";
}

/** The settings that the README shows, for a mirror elsewhere. */
async function settingsFor(mirror: string): Promise<string> {
  const text = await readFile(readme, "utf8");
  const block = /```hcl\n(provider_installation [^]*?)```/.exec(text)?.[1] ?? assert.fail("README has no settings");
  assert.ok(block.includes('"/srv/terraform"'));
  return block.replace("/srv/terraform", mirror);
}

/** `provider` must be the executable alone. */
export async function installFromMirror(t: TestContext, { program, provider }: WorkspaceOptions): Promise<void> {
  const { folder, mustRun, run, write } = await workspaceFor(t, { program, provider });
  const mirror = join(folder, "../mirror");
  const place = join(mirror, registryOf(program), "flexkube/flexkube");
  await mkdir(place, { recursive: true });
  const settings = join(folder, "../mirror.tfrc");
  await writeFile(settings, await settingsFor(mirror));
  const source = 'flexkube = { source = "flexkube/flexkube" }';
  await write("main.tf", `terraform {\n  required_providers {\n    ${source}\n  }\n}\n`);
  const environment = { TF_CLI_CONFIG_FILE: settings };

  const missing = await run(["init", "-no-color"], { environment });
  const entries = packageEntries(version, await readFile(provider[0] ?? ""), "licences\n");
  await writeFile(join(place, packageName(version, `${platform}.zip`)), zip(entries));
  await mustRun(["init", "-no-color"], { environment });
  const { stdout } = await mustRun(["providers", "schema", "-json"], { environment });

  assert.notEqual(missing.code, 0);
  assert.match(stdout, /flexkube_user_data/);
  const lock = await readFile(join(folder, ".terraform.lock.hcl"), "utf8");
  assert.match(lock, new RegExp(`version += "${version}"`));
  assert.match(lock, /"h1:/);
}
