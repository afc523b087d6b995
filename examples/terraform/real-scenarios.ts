// What the real Terraform or OpenTofu does with the provider: the same scenarios for whichever is there.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { tryCommand } from "#lab/run-command.ts";
import { smallCluster } from "#planner/testing/small-cluster.ts";
import {
  killWhileChanging,
  killWhileFounding,
  killWhileFoundingInDirectory,
  killWhileMoving,
} from "./kill-scenarios.ts";
import { guardCluster, importCluster } from "./guard-scenarios.ts";
import { logEverything } from "./log-scenario.ts";
import { installFromMirror } from "./mirror-scenario.ts";
import { auto, begin, clusterWith, head, nothingLeft, planned, privateKey, protectedCluster } from "./scenario.ts";
import type { Real, Scenario } from "./scenario.ts";
import { field, listAt } from "./workspace.ts";
import type { Workspace } from "./workspace.ts";

const withUserData = `data "flexkube_user_data" "host" {
  for_each    = toset(provider::flexkube::hosts(file("\${path.module}/cluster.yaml")))
  host        = each.key
  host_config = flexkube_cluster.this.host_configs[each.key]
}
output "sizes" {
  value = { for host, data in data.flexkube_user_data.host : host => nonsensitive(length(data.gzip_base64)) }
}
`;

/** Who takes an ephemeral host config: it is written beside the module. */
const consumer = `resource "terraform_data" "consumer" {
  provisioner "local-exec" {
    command     = <<-EOT
      printf %s "$TEXT" >../consumed
    EOT
    environment = { TEXT = ephemeral.flexkube_host_config.h2.host_config }
  }
}
`;

async function assertConsumed({ folder, state }: Workspace): Promise<void> {
  const digest = createHash("sha256").update(await readFile(join(folder, "../consumed")));
  assert.equal(digest.digest("hex"), field((await state())["host_hashes"], "h2"));
}

/** By what they show. */
export const realScenarios: Readonly<Record<string, Scenario>> = {
  "a config with a fault is refused with its line, and nothing is made": refuseFault,
  "keys in the state: apply, no changes, a change told to the line, its user-data, no destruction": keepInState,
  "keys in a directory: none in state or plan, the planner goes on with it, and without it nothing is made":
    keepInDirectory,
  "machines that ask a web server: user-data by URL, CA and signer, and no secret in state or plan": askWebServer,
  "keys sealed: neither they nor what opens them are in state, plan or log": keepSealed,
  "with everything logged no key is in log or output, where keys are in a directory or sealed": logEverything,
  "a cluster of the planner is imported, wherever keys are to lie: its state first holds no key, then no host changes":
    importCluster,
  "a founding is told, and a destruction; under prevent_destroy neither that nor a taint makes a second CA":
    guardCluster,
  "the archive of a release in a directory is found without a registry": installFromMirror,
  "a provider that is killed while it changes a cluster leaves one with the same CA, wherever keys lie":
    killWhileChanging,
  "a founding whose provider is killed has told nothing, and the next one is whole": killWhileFounding,
  "a founding that is killed amid a directory of keys goes on with the CA that is there": killWhileFoundingInDirectory,
  "keys whose way into a directory was cut are all there after the next apply": killWhileMoving,
};

async function refuseFault(t: TestContext, real: Real): Promise<void> {
  const faulty = smallCluster.replace("hosts: h1", "hosts: h9");
  const main = `${clusterWith('  hosts_directory = "hosts"\n')}locals {
  hosts = provider::flexkube::hosts("hosts: [")
}
`;
  const { run, state } = await begin(t, real, main, faulty);

  const { code, stdout } = await run(["validate", "-json"]);

  assert.equal(code, 1);
  const faults = listAt(JSON.parse(stdout), "diagnostics").filter((each) => field(each, "severity") === "error");
  const at = (line: string): string => {
    const fault = faults.find((each) => String(field(each, "snippet", "code")).trim() === line);
    return `${String(field(fault, "summary"))}\n${String(field(fault, "detail"))}`;
  };
  assert.match(at('config = file("${path.module}/cluster.yaml")'), /^config, line 11, column 10$/m);
  assert.match(at('hosts_directory = "hosts"'), /pki_directory/);
  assert.match(at('hosts = provider::flexkube::hosts("hosts: [")'), /line [0-9]+, column [0-9]+: /);
  await assert.rejects(state, { code: "ENOENT" });
}

async function keepInState(t: TestContext, real: Real): Promise<void> {
  const { mustRun, run, shown, state, write, folder } = await begin(
    t,
    real,
    clusterWith(protectedCluster) + withUserData,
  );

  await mustRun(["apply", ...auto]);
  const founded = await state();
  await write("cluster.yaml", smallCluster.replace("nginx:1.29", "nginx:1.30"));
  const { stdout } = await mustRun(planned);
  const changes = listAt(await shown("some.tfplan"), "resource_changes");
  const after = field(
    changes.find((each) => field(each, "type") === "flexkube_cluster"),
    "change",
    "after",
  );
  await mustRun(["apply", "-no-color", "some.tfplan"]);
  await mustRun(nothingLeft);
  const destruction = await run(["destroy", ...auto]);

  assert.match(stdout, /\+ "create web from nginx:1\.30 \(image changed from nginx:1\.29 to nginx:1\.30\)"/);
  assert.doesNotMatch(stdout, /PRIVATE KEY/);
  assert.deepEqual(
    [field(after, "host_hashes"), field(after, "preview")],
    [(await state())["host_hashes"], (await state())["preview"]],
  );
  assert.deepEqual(field(await state(), "ca_certificates"), founded["ca_certificates"]);
  assert.match(destruction.stderr, /prevent_destroy/);
  const { stdout: sizes } = await mustRun(["output", "-json", "sizes"]);
  assert.match(sizes, /^\{"h1":[0-9]+,"h2":[0-9]+,"h3":[0-9]+\}$/m);
  await asThePlanner(folder, await state(), real);
}

async function keepInDirectory(t: TestContext, real: Real): Promise<void> {
  const ephemeral = `ephemeral "flexkube_host_config" "h2" {
host          = "h2"
host_hash     = flexkube_cluster.this.host_hashes["h2"]
pki_directory = "keys/pki"
}
${consumer}`;
  const workspace = await begin(t, real, clusterWith('  pki_directory = "keys/pki"\n') + ephemeral);
  const { mustRun, run, count, folder, state } = workspace;

  await mustRun(planned);
  await mustRun(["apply", "-no-color", "some.tfplan"]);
  await mustRun(nothingLeft);
  await rename(join(folder, "keys"), join(folder, "../keys"));
  const found = await count(privateKey);
  const lost = await run(["apply", ...auto]);
  await rename(join(folder, "../keys"), join(folder, "keys"));

  await assertConsumed(workspace);
  assert.equal(found, 0);
  assert.equal(lost.code, 1);
  assert.match(lost.stderr, /the CA etcd is another one than the state\s+knows/);
  assert.deepEqual(Object.keys((await state())["host_hashes"] ?? {}), ["h1", "h2", "h3"]);
  const diff = [...real.planner, "diff", "cluster.yaml", "--pki", "keys/pki", "--out", "keys/hosts"];
  assert.equal((await tryCommand(["env", "-C", folder, ...diff])).exitCode, 0);
}

const askingUserData = `data "flexkube_user_data" "h1" {
  host           = "h1"
  format         = "script"
  config_urls    = ["https://configs.example.org/{host}.age"]
  config_signers = file("keys/pki/delivery/signer.pub")
  config_ca      = flexkube_cluster.this.ca_certificates["etcd"]
}
output "script" {
  value     = data.flexkube_user_data.h1.rendered
  sensitive = true
}
`;

async function askWebServer(t: TestContext, real: Real): Promise<void> {
  const inDirectory = clusterWith('  pki_directory = "keys/pki"\n');
  const { mustRun, run, count, folder, write } = await begin(t, real, inDirectory);
  const split = async (...more: readonly string[]): Promise<Buffer> => {
    const where = ["cluster.yaml", "--pki", "keys/pki", "--out", "keys/hosts"];
    const { exitCode, stderr } = await tryCommand(["env", "-C", folder, ...real.planner, "split", ...where, ...more]);
    assert.equal(exitCode, 0, stderr);
    return readFile(join(folder, "sealed/h2.age"));
  };
  const sealed = await split("--seal");
  const key = (await readFile(join(folder, "keys/pki/delivery/hosts/h1.key"), "utf8")).trim();
  const outside = join(folder, "../keys-aside");
  const countOutsideOfKeys = async (): Promise<readonly number[]> => {
    await rename(join(folder, "keys"), outside);
    const found = [await count(privateKey), await count(key)];
    await rename(outside, join(folder, "keys"));
    return found;
  };

  await write("main.tf", head + inDirectory + askingUserData.replace("https:", "http:"));
  const refused = await run(planned);
  await write("main.tf", head + inDirectory + askingUserData);
  await mustRun(planned);
  await mustRun(["apply", "-no-color", "some.tfplan"]);
  await mustRun(nothingLeft);
  const { stdout } = await mustRun(["output", "-raw", "script"]);
  await write("cluster.yaml", smallCluster.replace("nginx:1.29", "nginx:1.30"));
  await mustRun(["apply", ...auto]);

  assert.equal((await split()).equals(sealed), false);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /expected a URL that begins with https:/);
  const signer = (await readFile(join(folder, "keys/pki/delivery/signer.pub"), "utf8")).split("\n")[1] ?? "";
  assert.ok(stdout.includes(`--signer ${signer} --config https://configs.example.org/h1.age --config-ca `), stdout);
  assert.deepEqual(await countOutsideOfKeys(), [0, 0]);
}

async function keepSealed(t: TestContext, real: Real): Promise<void> {
  const identity = await generateX25519Identity();
  const main = `variable "identity" {
type      = string
ephemeral = true
}
${clusterWith(`  recipients  = ["${await identityToRecipient(identity)}"]\n  identity_wo = var.identity\n`)}
ephemeral "flexkube_host_config" "h2" {
host       = "h2"
host_hash  = flexkube_cluster.this.host_hashes["h2"]
sealed_pki = flexkube_cluster.this.sealed_pki
identity   = var.identity
}
${consumer}`;
  const workspace = await begin(t, real, main);
  const { mustRun, run, count, folder } = workspace;
  const as = (key: string, log = false) => ({
    environment: {
      TF_VAR_identity: key,
      ...(log ? { TF_LOG: "TRACE", TF_LOG_PATH: join(folder, "trace.log") } : {}),
    },
  });

  await mustRun(planned, as(identity));
  await mustRun(["apply", "-no-color", "some.tfplan"], as(identity, true));
  await mustRun(nothingLeft, as(identity));
  const other = await run(["plan", "-no-color"], as(await generateX25519Identity()));

  await assertConsumed(workspace);
  assert.deepEqual([await count(privateKey), await count(identity)], [0, 0]);
  assert.equal(other.code, 1);
  assert.match(other.stderr, /it opens none of what is sealed/);
}

/** The host configs are, byte for byte, what the planner makes of the same keys. */
async function asThePlanner(
  folder: string,
  state: Readonly<Record<string, unknown>>,
  { planner }: Real,
): Promise<void> {
  const place = join(folder, "../as-the-planner");
  for (const [name, text] of Object.entries(state["pki"] ?? {})) {
    await mkdir(dirname(join(place, "pki", name)), { recursive: true, mode: 0o700 });
    await writeFile(join(place, "pki", name), String(text), { mode: 0o600 });
  }
  await writeFile(join(place, "cluster.yaml"), await readFile(join(folder, "cluster.yaml")));
  const { exitCode, stderr } = await tryCommand(["env", "-C", place, ...planner, "split"]);
  assert.equal(exitCode, 0, stderr);
  const hosts = state["host_configs"] ?? {};
  assert.deepEqual(Object.keys(hosts), ["h1", "h2", "h3"]);
  for (const [host, text] of Object.entries(hosts))
    assert.equal(await readFile(join(place, "hosts", `${host}.yaml`), "utf8"), text);
}
