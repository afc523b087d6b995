// Two control-plane hosts on an etcd that is not flexkube's: it starts, rolls under a Lease, and touches nothing of that etcd.
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import { startKubernetesCluster, type KubernetesCluster } from "#lab/kubernetes-cluster.ts";
import { runCommand } from "#lab/run-command.ts";
import { sampleApiServers, severalDown } from "#lab/sample-answers.ts";
import { readPlannerCommands } from "#lab/read-commands.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";

const deadlineMs = 400_000;

describe("an etcd of somebody else", { skip: skipWithoutLab(), timeout: 1_800_000 }, () => {
  let cluster: KubernetesCluster;
  let hosts: readonly LabHost[];
  let theirs: LabHost;

  before(async () => {
    cluster = await startKubernetesCluster({ k1: "stable", k2: "sid", k3: "stable" }, "bring-your-own-etcd");
    hosts = [cluster.lab.host("k1"), cluster.lab.host("k2")];
    theirs = cluster.lab.host("k3");
    await makeCertificates(join(cluster.directory, "etcd"), theirs.ip);
    await startTheirEtcd();
    for (const args of await readPlannerCommands(
      new URL("README.md", import.meta.url),
      "Kubernetes with an etcd of your own",
    ))
      await cluster.planner(...args);
  });
  after(async () => {
    await cluster.lab.down();
    await cluster.remove();
  });

  async function startTheirEtcd(): Promise<void> {
    for (const name of ["ca.crt", "server.crt", "server.key"])
      await theirs.writeFile(`/srv/etcd/${name}`, await readFile(join(cluster.directory, "etcd", name)), 0o600);
    const url = `https://${theirs.ip}:2379`;
    const image = cluster.images.byName.etcd37.reference;
    const run = [
      "run",
      "-d",
      "--name",
      "etcd",
      "--network",
      "host",
      "-v",
      "/srv/etcd:/srv/etcd",
      "--entrypoint",
      "etcd",
    ];
    await theirs.docker(
      ...run,
      image,
      "--data-dir=/srv/etcd/data",
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      "--client-cert-auth",
      "--trusted-ca-file=/srv/etcd/ca.crt",
      "--cert-file=/srv/etcd/server.crt",
      "--key-file=/srv/etcd/server.key",
    );
  }
  const inspect = async (host: LabHost, name: string, format: string): Promise<string> =>
    (await host.docker("inspect", "--format", format, name)).trim();

  test("from nothing to all nodes Ready", async () => {
    const untouched = await inspect(theirs, "etcd", "{{.Id}} {{.State.StartedAt}}");
    await cluster.startAgents(...hosts);

    await cluster.ready(hosts, deadlineMs);
    await cluster.settled(hosts, deadlineMs);
    assert.equal(await inspect(theirs, "etcd", "{{.Id}} {{.State.StartedAt}}"), untouched);
  });

  test("an argument rolls over both API servers under the Lease: never are both down", async () => {
    const sampler = await sampleApiServers(cluster.lab, join(cluster.directory, "pki/kubernetes/ca.crt"), hosts);
    await cluster.edit((text) =>
      text.replace(/^controlPlane:/m, 'controlPlane:\n  apiserver: { args: { min-request-timeout: "900" } }'),
    );
    await cluster.planner("split");
    await cluster.deliver(...hosts);
    await cluster.nudge(...hosts);
    const seen = await eventually(async () => (await holder()) || false, {
      what: "a host holds the Lease",
      deadlineMs,
      everyMs: 50,
    });
    await cluster.settled(hosts, deadlineMs);

    assert.match(seen, /^k[12]/);
    assert.deepEqual(severalDown(await sampler.stop()), []);
    for (const host of hosts)
      assert.match(await inspect(host, "kube-apiserver", "{{json .Args}}"), /min-request-timeout=900/);
    assert.equal(await holder(), "");
  });

  /** Who holds the disruption lock; nobody: "". */
  async function holder(): Promise<string> {
    const path = ["lease", "flexkube-disruption", "-o", "jsonpath={.spec.holderIdentity}"];
    return (await cluster.kubectl("-n", "kube-system", "get", "--ignore-not-found", ...path)).trim();
  }
});

/** A CA, a server's certificate for this address, and a client's, by openssl. */
async function makeCertificates(directory: string, address: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(
    join(directory, "server.ext"),
    `subjectAltName=IP:${address}\nextendedKeyUsage=serverAuth,clientAuth\n`,
  );
  await writeFile(join(directory, "client.ext"), "extendedKeyUsage=clientAuth\n");
  const script = `
    key="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
    openssl req -x509 $key -days 30 -subj /CN=their-ca -keyout ca.key -out ca.crt
    for name in server client; do
      openssl req -new $key -subj "/CN=$name" -keyout "$name.key" -out "$name.csr"
      openssl x509 -req -in "$name.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -extfile "$name.ext" -out "$name.crt"
    done`;
  await runCommand(["env", "-C", directory, "bash", "-euc", script]);
}
