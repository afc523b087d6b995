// The example from `apply` to a healthy cluster: each host of a lab gets its user-data as its first boot would, and nobody does more.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { startKubernetesCluster, type KubernetesCluster } from "#lab/kubernetes-cluster.ts";
import { runCommand } from "#lab/run-command.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { buildProgram } from "../../images/agent/build.ts";
import { anyProgram, field, workspaceFor } from "./workspace.ts";

const skip = process.env["EVERYTHING"] === "1" ? skipWithoutLab("namespace") : "takes minutes; EVERYTHING=1 runs it";
const deadlineMs = 900_000;

describe("the example with Terraform or OpenTofu", { skip, timeout: 3_600_000 }, () => {
  let cluster: KubernetesCluster;
  before(async () => {
    cluster = await startKubernetesCluster({ k1: "stable", k2: "stable", k3: "stable" }, "terraform");
    const docker = (await runCommand(["sh", "-c", "readlink -f $(command -v docker)"])).trim();
    for (const host of cluster.lab.hosts) await host.copyIn(docker, "/usr/bin/docker", 0o755);
  });
  after(async () => {
    await cluster.lab.down();
    await cluster.remove();
  });

  test("from apply to all nodes Ready by user-data alone; then a plan changes nothing", async (t) => {
    const program = await anyProgram();
    const provider = [await buildProgram("provider")];
    const { mustRun } = await workspaceFor(t, { program, provider, folder: cluster.directory });
    const format = "-var=format=script";

    await mustRun(["apply", "-auto-approve", "-no-color", "-input=false", format]);
    const outputs: unknown = JSON.parse((await mustRun(["output", "-json"])).stdout);
    await writeFile(join(cluster.directory, "admin.kubeconfig"), String(field(outputs, "kubeconfig", "value")), {
      mode: 0o600,
    });
    await Promise.all(
      cluster.lab.hosts.map(async (host) => {
        const packed = Buffer.from(String(field(outputs, "user_data", "value", host.name)), "base64");
        await host.writeFile("/root/boot.sh", gunzipSync(packed));
        await host.exec("sh", "/root/boot.sh");
      }),
    );

    await cluster.ready(cluster.lab.hosts, deadlineMs);
    for (const host of cluster.lab.hosts)
      await host.docker("exec", "flexkube-agent", "/flexkube-agent", "status", "--wait", "600s");
    const { code } = await mustRun(["plan", "-no-color", "-input=false", "-detailed-exitcode", format]);
    assert.equal(code, 0);
  });
});
