// The images of a cluster with Kubernetes on real hosts, without a cluster: what each program says of itself, what the kernel lets
// it do, and a kubelet without an API server that runs pods from files.
import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { cpuSeconds } from "./compile-minutes.ts";
import { eventually } from "./eventually.ts";
import type { LabHost } from "./host.ts";
import { imageStore } from "./images.ts";
import { kubernetesImages, type KubernetesImages } from "./kubernetes-images.ts";
import { startLab, type Lab } from "./lab.ts";
import { runCommand } from "./run-command.ts";
import { skipWithoutLab } from "./skip-without-lab.ts";

const skip = skipWithoutLab();
const podNetwork = "10.244.0.0/16";

const kubeletConfig = `
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
staticPodPath: /etc/kubernetes/manifests
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
cgroupDriver: cgroupfs
failCgroupV1: false
failSwapOn: false
authentication: { anonymous: { enabled: false }, webhook: { enabled: false } }
authorization: { mode: AlwaysAllow }
oomScoreAdj: 0
maxOpenFiles: 20000
imageGCHighThresholdPercent: 100
evictionHard: { memory.available: 100Mi, nodefs.available: 1%, imagefs.available: 1%, nodefs.inodesFree: 1% }
`;

const cniConfig = JSON.stringify({
  cniVersion: "1.0.0",
  name: "pods",
  plugins: [
    {
      type: "bridge",
      bridge: "cni0",
      isGateway: true,
      hairpinMode: true,
      ipam: {
        type: "host-local",
        ranges: [[{ subnet: "10.244.1.0/24" }]],
        routes: [{ dst: "0.0.0.0/0" }],
      },
    },
    { type: "portmap", capabilities: { portMappings: true } },
  ],
});

const webPod = (image: string) => `
apiVersion: v1
kind: Pod
metadata: { name: web }
spec:
  containers:
    - name: web
      image: ${image}
      command: [httpd, -f, -p, "80", -h, /etc]
      ports: [{ containerPort: 80, hostPort: 8080 }]
`;

const dnsPod = (image: string) => `
apiVersion: v1
kind: Pod
metadata: { name: dns }
spec:
  containers:
    - name: dns
      image: ${image}
      args: [-conf, /etc/coredns/Corefile]
      ports: [{ containerPort: 53, hostPort: 53, protocol: UDP }]
      securityContext:
        runAsNonRoot: true
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: { drop: [ALL], add: [NET_BIND_SERVICE] }
      volumeMounts: [{ name: config, mountPath: /etc/coredns, readOnly: true }]
  volumes: [{ name: config, hostPath: { path: /etc/coredns } }]
`;

const kubeletMounts = [
  "/etc/kubernetes:/etc/kubernetes:ro",
  "/etc/machine-id:/etc/machine-id:ro",
  "/etc/os-release:/etc/os-release:ro",
  "/etc/coredns:/etc/coredns:ro",
  "/lib/modules:/lib/modules:ro",
  "/run:/run:rslave",
  "/sys/fs/cgroup:/sys/fs/cgroup",
  "/var/lib/kubelet:/var/lib/kubelet:rshared",
  "/var/lib/containerd:/var/lib/containerd:rslave",
  "/var/log:/var/log",
  "/etc/cni/net.d:/etc/cni/net.d:ro",
  "/opt/cni/bin:/opt/cni/bin:ro",
].flatMap((mount) => ["--volume", mount]);

/** A kubelet without an API server: it runs what is in /etc/kubernetes/manifests. */
async function startKubelet(host: LabHost, { byName }: KubernetesImages): Promise<void> {
  await host.writeFile("/etc/kubernetes/kubelet.yaml", kubeletConfig);
  await host.writeFile("/etc/cni/net.d/10-pods.conflist", cniConfig);
  await host.writeFile("/etc/coredns/Corefile", ".:53 {\n  errors\n  hosts {\n    10.1.2.3 name.test\n  }\n}\n");
  await host.writeFile("/etc/kubernetes/manifests/web.yaml", webPod(byName["pod-tools"].reference));
  await host.writeFile("/etc/kubernetes/manifests/dns.yaml", dnsPod(byName.coredns.reference));
  await host.docker("run", "--rm", "-v", "/opt/cni/bin:/host/opt/cni/bin", byName["cni-plugins"].reference);
  // Docker drops what it does not forward itself
  const forward = ["-s", "-d"].map((way) => `iptables -w -I FORWARD ${way} ${podNetwork} -j ACCEPT`).join("; ");
  const net = ["--network", "host", "--cap-add", "NET_ADMIN", byName["node-net"].reference];
  await host.docker("run", "--rm", ...net, "sh", "-ec", forward);
  const rights = ["--privileged", "--network", "host", "--pid", "host", "--cgroupns", "host"];
  const flags = ["--config=/etc/kubernetes/kubelet.yaml", `--hostname-override=${host.name}`, "-v=2"];
  await host.docker("run", "-d", "--name", "kubelet", ...rights, ...kubeletMounts, byName.kubelet.reference, ...flags);
}

test("of every program that is compiled for a cluster it is known how long that takes", async (t) => {
  const cache = await mkdtemp(join(tmpdir(), "flexkube-due-"));
  t.after(async () => rm(cache, { recursive: true }));
  const make = fileURLToPath(new URL("../../images/lab/make", import.meta.url));

  const due = await runCommand([make, "--due", "kubernetes"], { env: { FLEXKUBE_CACHE: cache } });

  const programs = due.split("\n").flatMap((line) => line.split(" ").slice(2));
  deepEqual([...new Set(programs)].toSorted(), Object.keys(cpuSeconds).toSorted());
});

// Docker 20.10 with containerd 1.6, Docker 28.5 with containerd 2.1
for (const base of ["stable", "sid"]) {
  describe(`the images of a cluster (${base})`, { skip }, () => {
    let lab: Lab;
    let host: LabHost;
    let images: KubernetesImages;

    before(async () => {
      images = await kubernetesImages();
      const seed = await imageStore(images.containers, base, images.pods);
      lab = await startLab({ hosts: { k1: base }, cri: true, seed });
      host = lab.host("k1");
    });
    after(() => lab.down());

    /** Only with what the official image needs. */
    const restricted = (capabilities: readonly string[], name: keyof typeof images.byName) => {
      const { reference } = images.byName[name];
      const limits = [
        "--read-only",
        "--cap-drop",
        "ALL",
        "--security-opt",
        "no-new-privileges",
        "--user",
        "65534:65534",
      ];
      const added = capabilities.flatMap((one) => ["--cap-add", one]);
      const program = `/usr/local/bin/${name}`;
      return host.docker("run", "--rm", ...limits, ...added, "--entrypoint", program, reference, "--version");
    };

    test("the control plane's programs run as nobody, each of the version in its reference", async () => {
      for (const name of ["kube-controller-manager", "kube-scheduler"] as const) {
        const [, tag = ""] = images.byName[name].reference.split(":v");

        equal(await restricted([], name), `Kubernetes v${tag}\n`);
      }
      match(await restricted(["NET_BIND_SERVICE"], "kube-apiserver"), /^Kubernetes v\d/);
    });

    test("kube-apiserver does not start without NET_BIND_SERVICE, as the official one", async () => {
      await rejects(restricted([], "kube-apiserver"), /operation not permitted/);
    });

    test("kubectl, kubelet, kube-proxy and helm start as their images say", async () => {
      const run = (name: keyof typeof images.byName, ...args: readonly string[]) =>
        host.docker("run", "--rm", images.byName[name].reference, ...args);

      match(await run("kubectl", "version", "--client"), /^Client Version: v1\./);
      match(await run("kubelet", "--version"), /^Kubernetes v1\./);
      match(await run("kube-proxy", "/usr/local/bin/kube-proxy", "--version"), /^Kubernetes v1\./m);
      match(await run("helm", "version", "--short"), /^v4\./);
    });

    describe("a kubelet without an API server", () => {
      before(() => startKubelet(host, images));

      test("it runs pods from containerd's store, with a network and ports of the host", async () => {
        const url = `http://${host.ip}:8080/group`;
        const page = await eventually(() => lab.net("curl", "-sf", "--max-time", "2", url), {
          what: "the pod's page on the host's port",
          deadlineMs: 120_000,
        });
        match(page, /^nonroot:/m);
      });

      test("CoreDNS answers on port 53 in a pod that may nothing else", async () => {
        const ask = () => lab.net("busybox", "nslookup", "name.test", host.ip);

        match(await eventually(ask, { what: "an answer", deadlineMs: 60_000 }), /10\.1\.2\.3/);
      });
    });
  });
}
