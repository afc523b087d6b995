// The example from `apply` to a healthy cluster: each host of a lab gets its user-data as its first boot would, and nobody does more.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import type { LabHost } from "#lab/host.ts";
import { startKubernetesCluster, type KubernetesCluster } from "#lab/kubernetes-cluster.ts";
import { runCommand } from "#lab/run-command.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { unitCommands } from "#planner/boot/testing/unit-commands.ts";
import { assertBooted, bootFromSeed, createBootRoot } from "../delivery/boot-root.ts";
import type { BootRoot } from "../delivery/boot-root.ts";
import { buildProgram } from "../../images/agent/build.ts";
import { anyProgram, field, workspaceFor } from "./workspace.ts";

const skip = process.env["EVERYTHING"] === "1" ? skipWithoutLab("namespace") : "takes minutes; EVERYTHING=1 runs it";
const deadlineMs = 900_000;

describe("the example with Terraform or OpenTofu", { skip, timeout: 3_600_000 }, () => {
  let cluster: KubernetesCluster;
  let root: BootRoot;
  before(async () => {
    root = await createBootRoot();
    cluster = await startKubernetesCluster({ k1: "stable", k2: "stable", k3: "stable" }, "terraform");
    const docker = (await runCommand(["sh", "-c", "readlink -f $(command -v docker)"])).trim();
    for (const host of cluster.lab.hosts) await host.copyIn(docker, "/usr/bin/docker", 0o755);
  });
  after(async () => {
    await cluster.lab.down();
    await cluster.remove();
    await root.remove();
  });

  /**
   * What the provider renders when nothing is said of a format, through cloud-init in a root of its own; a host of the lab has no systemd, so it
   * gets what cloud-init has written, and the unit's lines one by one.
   */
  const bootByDefault = async (host: LabHost, userData: Buffer, config: string): Promise<void> => {
    const seed = "var/lib/cloud/seed/nocloud";
    await root.write(`${seed}/user-data`, userData);
    await root.write(`${seed}/meta-data`, `instance-id: ${host.name}\n`);
    const stages = await bootFromSeed(root);
    const unit = await readFile(join(root.directory, "etc/systemd/system/flexkube-agent.service"));
    await assertBooted(root, stages, { config: Buffer.from(config), unit });
    await host.copyIn(join(root.directory, "etc/flexkube/host.yaml"), "/etc/flexkube/host.yaml", 0o600);
    for (const command of unitCommands(unit.toString())) await host.exec(...command);
  };

  test("from apply to all nodes Ready by user-data alone; then a plan changes nothing", async (t) => {
    const program = await anyProgram();
    const provider = [await buildProgram("provider")];
    const { mustRun, state } = await workspaceFor(t, { program, provider, folder: cluster.directory });
    const format = "-var=format=script";
    const applied = async (...more: readonly string[]): Promise<unknown> => {
      await mustRun(["apply", "-auto-approve", "-no-color", "-input=false", ...more]);
      return JSON.parse((await mustRun(["output", "-json"])).stdout);
    };
    const packed = (outputs: unknown, name: string): Buffer =>
      Buffer.from(String(field(outputs, "user_data", "value", name)), "base64");

    const byDefault = await applied();
    const outputs = await applied(format);
    await writeFile(join(cluster.directory, "admin.kubeconfig"), String(field(outputs, "kubeconfig", "value")), {
      mode: 0o600,
    });
    const [first = assert.fail("no host"), ...others] = cluster.lab.hosts;
    const config = String(field(await state(), "host_configs", first.name));
    await Promise.all([
      bootByDefault(first, packed(byDefault, first.name), config),
      ...others.map(async (host) => {
        await host.writeFile("/root/boot.sh", gunzipSync(packed(outputs, host.name)));
        await host.exec("sh", "/root/boot.sh");
      }),
    ]);

    await cluster.ready(cluster.lab.hosts, deadlineMs);
    for (const host of cluster.lab.hosts)
      await host.docker("exec", "flexkube-agent", "/flexkube-agent", "status", "--wait", "600s");
    const { code } = await mustRun(["plan", "-no-color", "-input=false", "-detailed-exitcode", format]);
    assert.equal(code, 0);
  });
});
