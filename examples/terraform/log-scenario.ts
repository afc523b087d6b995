// What Terraform and the provider log when they tell everything, and what they print: no key where keys are in a directory or sealed.
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { secretForms, secretsBelow, secretsIn } from "#lab/find-secrets.ts";
import type { Needle } from "#lab/find-secrets.ts";
import { runCommand } from "#lab/run-command.ts";
import { smallCluster } from "#planner/testing/small-cluster.ts";
import { auto, begin, clusterWith, keyPlace, nothingLeft, planned } from "./scenario.ts";
import type { KeyPlaceName, Real } from "./scenario.ts";
import type { Ran, Workspace } from "./workspace.ts";

/** A secret that the config does not hold itself: what a person writes into the config is in state, plan and log, as it is. */
const withFile = smallCluster.replace("{ content: correct horse }", "{ file: token }");
const token = "a word that lies in a file";
const everything = { TF_LOG: "TRACE", TF_LOG_PROVIDER: "TRACE" };

const ephemeralIn: Readonly<Record<KeyPlaceName, string>> = {
  state: "",
  directory: '  pki_directory = "keys/pki"\n',
  sealed: "  sealed_pki = flexkube_cluster.this.sealed_pki\n  identity = var.identity\n",
};

export async function logEverything(t: TestContext, real: Real): Promise<void> {
  for (const name of ["state", "directory", "sealed"] as const) {
    const { lines, more, options, identity } = await keyPlace(name);
    const cluster = clusterWith(`  directory = path.module\n${lines}`);
    const workspace = await begin(t, real, more + cluster + ephemeralHost(name), withFile);
    await workspace.write("token", token);
    const logged = { environment: { ...options.environment, ...everything } };

    const told = await allThatIsTold(workspace, name, logged);
    const needles = [...(await needlesOf(workspace, name, identity)), ...opener(identity)];

    for (const { stderr } of told) assert.ok(stderr.includes("[TRACE]"), "nothing was logged");
    assert.ok(told.some(({ stderr }) => stderr.includes("GRPCProvider.v6: ApplyResourceChange")));
    for (const { stdout, stderr } of told) assert.deepEqual(secretsIn(`${stdout}\n${stderr}`, needles), [], name);
    const state = await readFile(join(workspace.folder, "terraform.tfstate"));
    // with keys in the state each of them is found there: the needles are good
    const expected = name === "state" ? needles.map((each) => each.name) : [];
    assert.deepEqual(secretsIn(state, needles), expected);
  }
}

function ephemeralHost(name: KeyPlaceName): string {
  if (name === "state") return "";
  return `ephemeral "flexkube_host_config" "h2" {
  host      = "h2"
  host_hash = flexkube_cluster.this.host_hashes["h2"]
${ephemeralIn[name]}}
`;
}

/** A plan, its apply, a plan that changes nothing, and one that fails over a key that was cut. */
async function allThatIsTold(
  { folder, mustRun, run }: Workspace,
  name: KeyPlaceName,
  logged: { readonly environment: Readonly<Record<string, string>> },
): Promise<readonly Ran[]> {
  const told = [
    await mustRun(planned, logged),
    await mustRun(["apply", "-no-color", "some.tfplan"], logged),
    await mustRun(nothingLeft, logged),
  ];
  if (name !== "directory") return told;
  const key = join(folder, "keys/pki/etcd/ca.key");
  const good = await readFile(key);
  await writeFile(key, good.subarray(0, good.length / 2));
  const failed = await run(["apply", ...auto], logged);
  await writeFile(key, good);
  assert.equal(failed.code, 1);
  return [...told, failed];
}

async function needlesOf(
  { folder, state }: Workspace,
  name: KeyPlaceName,
  identity: string,
): Promise<readonly Needle[]> {
  if (name === "directory") return secretsBelow(join(folder, "keys"));
  const opened = join(folder, "../opened");
  await mkdir(opened);
  const values = await state();
  if (name === "state") {
    const put = async (path: string, text: unknown): Promise<void> => {
      await mkdir(dirname(join(opened, path)), { recursive: true });
      await writeFile(join(opened, path), String(text));
    };
    for (const [host, text] of Object.entries(values["host_configs"] ?? {})) await put(`hosts/${host}.yaml`, text);
    for (const [path, text] of Object.entries(values["pki"] ?? {})) await put(`pki/${path}`, text);
    return secretsBelow(opened);
  }
  // as the README of the provider has it
  await writeFile(join(opened, "identity"), `${identity}\n`, { mode: 0o600 });
  await writeFile(join(opened, "sealed"), String(values["sealed_pki"]));
  await runCommand(["sh", "-ec", 'cd "$1"; age -d -i identity sealed | tar -xz', "sh", opened]);
  return secretsBelow(opened);
}

function opener(identity: string): readonly Needle[] {
  return identity === "" ? [] : [{ name: "identity", forms: secretForms(identity) }];
}
