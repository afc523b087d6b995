// What the agent makes of a host before a kubelet runs on it: containers that run to their end, the container runtime it
// finds, the preflight, and the mending. The kubelet is a stand-in here: a web server that says ok.
import { deepEqual, doesNotMatch, equal, match, notEqual } from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { makeCertificate } from "#agent/testing/test-pki.ts";
import { runAgentOnce } from "./agent.ts";
import { eventually } from "./eventually.ts";
import type { LabHost } from "./host.ts";
import { agentImage, imageStore, labImages } from "./images.ts";
import { startLab, type Lab } from "./lab.ts";
import { skipWithoutLab } from "./skip-without-lab.ts";

const skip = skipWithoutLab();
const forward = "/proc/sys/net/ipv4/ip_forward";

describe("a host that shall become a node", { skip }, () => {
  let lab: Lab;
  let host: LabHost;
  let image: string;
  let squatter: string;
  let directory: string;
  let files: Readonly<Record<"mend" | "leave", string>>;

  const answers = async (): Promise<unknown> =>
    eventually(async () => /^\S+ +cri +.* ok *$/m.test(await host.exec("ctr", "plugins", "ls")), {
      what: "CRI answers",
    });

  before(async () => {
    const {
      busybox,
      "cni-plugins": plugins,
      "node-net": network,
    } = await labImages("busybox", "cni-plugins", "node-net");
    const own = await agentImage();
    image = own.reference;
    squatter = busybox.reference;
    directory = await mkdtemp(join(tmpdir(), "kubelet-host-"));
    const config = hostConfig(directory, {
      kubelet: busybox.reference,
      plugins: plugins.reference,
      network: network.reference,
    });
    files = { mend: join(directory, "mend.yaml"), leave: join(directory, "leave.yaml") };
    await writeFile(files.mend, config(true));
    await writeFile(files.leave, config(false));
    lab = await startLab({ hosts: ["k1"], cri: true, seed: await imageStore([busybox, plugins, network, own]) });
    host = lab.host("k1");
    await answers();
  });
  after(async () => {
    await lab.down();
    await rm(directory, { recursive: true });
  });

  const restartContainerd = async (settings: string): Promise<void> => {
    const pid = (): Promise<string> => host.exec("busybox", "pidof", "containerd");
    const old = await pid();
    await host.writeFile("/etc/containerd/config.toml", settings);
    await host.exec("kill", old.trim());
    await eventually(async () => notEqual(await pid(), old), { what: "containerd is another one" });
    await host.dockerd.answers();
    await answers();
    // dockerd finds the new one in its own time, and until then no container starts
    await eventually(async () => equal((await agent("version")).exitCode, 0), { what: "containers start" });
  };
  const agent = (command: string, file?: string) =>
    runAgentOnce(host, [command], { image, ...(file === undefined ? {} : { hostConfigFile: file }) });

  test("what is not as it must be holds the kubelet back, and the rest of the host is made", async () => {
    await host.exec("rm", "-f", "/etc/machine-id");
    await host.exec("sh", "-c", `echo 0 >${forward}`);
    await host.docker(
      "run",
      "-d",
      "--name",
      "other",
      "--network",
      "host",
      squatter,
      "httpd",
      "-f",
      "-p",
      "127.0.0.1:10250",
    );
    await eventually(async () => /:280A /.test(await host.exec("cat", "/proc/net/tcp")), { what: "something listens" });

    await agent("apply", files.leave);
    const { exitCode, stderr } = await agent("apply");

    equal(exitCode, 70);
    match(stderr, /! kubelet: the host is not ready for it: sysctl, file, port \(preflight\)/);
    match(stderr, /sysctl: found net\.ipv4\.ip_forward = 0, needed 1; to mend it: sysctl -w net\.ipv4\.ip_forward=1/);
    match(stderr, /file: found \/etc\/machine-id missing, needed an id .*: systemd-machine-id-setup/);
    match(stderr, /port: found something at tcp\/127\.0\.0\.1:10250, needed tcp\/\S+:10250 free/);
    equal((await host.tryDocker(["inspect", "kubelet"])).exitCode, 1);
    match(await host.docker("inspect", "--format", "{{.State.Running}}", "pod-network"), /true/);
  });

  test("status says what was found, and that the plug-ins are done", async () => {
    const { stdout } = await agent("status");

    match(stdout, /^cni-plugins +done \S+ +yes/m);
    match(stdout, /kubelet: preflight: .*\n {2}sysctl: found net\.ipv4\.ip_forward = 0/);
    match(await host.exec("ls", "/opt/cni/bin"), /bridge\n(.*\n)*portmap/);
  });

  test("a container runtime with another driver of control groups is told, by what it runs with", async () => {
    const toml = String(await host.readFile("/etc/containerd/config.toml"));
    await restartContainerd(toml.replace("SystemdCgroup = false", "SystemdCgroup = true"));
    match(
      (await agent("plan", files.leave)).stdout,
      /cgroup driver: found systemd of containerd, needed cgroupfs, .*SystemdCgroup = false in /,
    );
    await host.writeFile("/etc/containerd/config.toml", toml);
    match((await agent("plan")).stdout, /cgroup driver/);

    await restartContainerd(toml);
    doesNotMatch((await agent("plan")).stdout, /cgroup driver/);
  });

  test("a plug-in that is gone is installed again by the same container, and nothing else happens", async () => {
    const id = await host.docker("inspect", "--format", "{{.Id}}", "cni-plugins");
    await host.exec("rm", "/opt/cni/bin/bridge");

    const { stdout } = await agent("apply");

    match(stdout, /^start cni-plugins \(\/opt\/cni\/bin\/bridge is missing\)\nwait until cni-plugins has ended/);
    equal(await host.docker("inspect", "--format", "{{.Id}}", "cni-plugins"), id);
    await host.exec("test", "-x", "/opt/cni/bin/bridge");
  });

  test("with leave to mend, the host is mended and the kubelet starts, with the runtime that answers", async () => {
    await host.docker("rm", "-f", "other");
    const planned = await agent("plan", files.mend);

    const { exitCode, stdout } = await agent("apply");

    match(planned.stdout, /^mend the host for kubelet: sysctl:net\.ipv4\.ip_forward=1 machine-id \(not ready/m);
    equal(exitCode, 0);
    match(stdout, /^mend the host for kubelet: .*\ncreate kubelet /m);
    equal(await host.exec("cat", forward), "1\n");
    match(await host.exec("cat", "/etc/machine-id"), /^[0-9a-f]{32}\n$/);
    const label = await host.docker("inspect", "--format", '{{index .Config.Labels "flexkube.facts"}}', "kubelet");
    deepEqual(JSON.parse(label), { cgroupDriver: "cgroupfs", cgroupVersion: 1, cri: "containerd" });
    doesNotMatch(await host.docker("ps", "-a", "--format", "{{.Names}}"), /flexkube-/);
  });

  test("a power cut starts no run again, and without CRI the kubelet stays as it is", async () => {
    const ended = (): Promise<string> => host.docker("inspect", "--format", "{{.State.FinishedAt}}", "cni-plugins");
    const former = await ended();
    const settings = String(await host.readFile("/etc/containerd/config.toml"));
    await host.writeFile(
      "/etc/containerd/config.toml",
      `disabled_plugins = ["io.containerd.grpc.v1.cri"]\n${settings}`,
    );
    await host.kill();
    await host.start();
    doesNotMatch(await host.exec("ctr", "plugins", "ls"), /^\S+ +cri +.* ok *$/m);

    await eventually(async () => (await agent("plan")).stdout === "nothing to do\n", { what: "nothing is to be done" });

    equal(await ended(), former);
  });

  test("a kubelet that is not there waits for a runtime, which is told", async () => {
    await host.docker("rm", "-f", "kubelet");

    const { stdout } = await agent("plan");

    match(stdout, /^! kubelet: neither containerd's CRI at \S+ nor cri-dockerd at \S+ answers; .* \(waiting\)\n$/);
  });
});

type Images = Readonly<Record<"kubelet" | "plugins" | "network", string>>;

/** The host config by whether the host may be mended. */
function hostConfig(directory: string, images: Images): (mend: boolean) => string {
  const { ca, certificate, key } = makeCertificate(directory);
  const secrets = { "kubernetes/ca.crt": ca, "node.crt": certificate, "node.key": key };
  const serves = "mkdir -p /tmp/www && echo ok >/tmp/www/healthz && exec httpd -f -p 127.0.0.1:10248 -h /tmp/www";
  return (mend) => `apiVersion: flexkube/v1alpha1
kind: Host
cluster: demo
host: k1
podNetwork:
  pluginsImage: ${images.plugins}
  pluginsAt: /opt/cni/bin
  image: ${images.network}
  podCidr: 10.244.1.0/24
  clusterCidr: 10.244.0.0/16
  routes: {}
kubelet:
  image: ${images.kubelet}
  entrypoint: [sh, -c, ${JSON.stringify(serves)}, kubelet]
  node: k1
  address: 10.77.0.11
  api: {server: "https://127.0.0.1:7443", certificate: node.crt, key: node.key}
  certificates: {servingCertificate: node.crt, servingKey: node.key}
  config: {failCgroupV1: false, failSwapOn: false, healthzPort: 10248}
  mend: ${mend}
secrets: ${JSON.stringify(secrets)}
`;
}
