// What the preflight tells of a host as users have it before a kubelet starts there: controllers that the kernel was told to leave out,
// swap, a containerd that manages control groups otherwise than Docker. The kubelet is a stand-in: it shall not start.
import { doesNotMatch, equal, match } from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { makeCertificate } from "#agent/testing/test-pki.ts";
import { runAgentOnce } from "#lab/agent.ts";
import type { LabHost } from "#lab/host.ts";
import { agentImage, imageStore, labImages } from "#lab/images.ts";
import { startLab, type Lab } from "#lab/lab.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";

describe("a machine that shall become a node", { skip: skipWithoutLab(), timeout: 1_800_000 }, () => {
  let lab: Lab;
  let host: LabHost;
  let directory: string;
  let image: string;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "flexkube-preflight-"));
    const [{ busybox }, own] = [await labImages("busybox"), await agentImage()];
    image = own.reference;
    await writeFile(join(directory, "host.yaml"), hostConfig(directory, busybox.reference));
    const seed = await imageStore([busybox, own]);
    lab = await startLab({
      hosts: { m1: "machine" },
      cri: true,
      memory: "2G",
      boot: "cgroup_disable=memory,pids",
      seed,
    });
    host = lab.host("m1");
  });
  after(async () => {
    await lab.down();
    await rm(directory, { recursive: true });
  });

  const containerdWith = async (systemd: boolean): Promise<void> => {
    const path = "/etc/containerd/config.toml";
    const text = String(await host.readFile(path));
    await host.writeFile(path, text.replace(/SystemdCgroup = \w+/, `SystemdCgroup = ${systemd}`));
    await host.exec("systemctl", "restart", "containerd");
    await host.dockerd.answers();
  };
  const agent = async (command: string) =>
    runAgentOnce(host, [command], { image, hostConfigFile: join(directory, "host.yaml") });

  test("all of it is told at once, with what mends it, and no kubelet starts", async () => {
    await host.exec("sh", "-c", "fallocate -l 64M /swap && chmod 600 /swap && mkswap /swap && swapon /swap");
    await containerdWith(false);

    const { exitCode, stderr } = await agent("apply");

    equal(exitCode, 70);
    match(stderr, /! kubelet: the host is not ready for it: swap, cgroup controllers, cgroup driver \(preflight\)/);
    match(stderr, /swap: found \/swap, needed none, or failSwapOn: false .*; to mend it: swapoff -a/);
    match(
      stderr,
      /cgroup controllers: found no memory, pids, needed .*boot with cgroup_enable=memory cgroup_enable=pids and without cgroup_disable/,
    );
    match(stderr, /cgroup driver: found cgroupfs of containerd, needed systemd, .*SystemdCgroup = true/);
    equal((await host.tryDocker(["inspect", "kubelet"])).exitCode, 1);
  });

  test("what is mended is told no more", async () => {
    await host.exec("swapoff", "/swap");
    await containerdWith(true);

    const { stdout } = await agent("plan");

    match(stdout, /the host is not ready for it: cgroup controllers \(preflight\)/);
    doesNotMatch(stdout, /swap|cgroup driver/);
  });
});

function hostConfig(directory: string, kubelet: string): string {
  const { ca, certificate, key } = makeCertificate(directory);
  const secrets = { "kubernetes/ca.crt": ca, "node.crt": certificate, "node.key": key };
  return `apiVersion: flexkube/v1alpha1
kind: Host
cluster: demo
host: m1
kubelet:
  image: ${kubelet}
  entrypoint: [sh, -c, "exec sleep 100000", kubelet]
  node: m1
  address: 10.77.0.11
  api: {server: "https://127.0.0.1:7443", certificate: node.crt, key: node.key}
  certificates: {servingCertificate: node.crt, servingKey: node.key}
  config: {}
secrets: ${JSON.stringify(secrets)}
`;
}
