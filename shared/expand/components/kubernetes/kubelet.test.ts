// The kubelet: what is generated from the config and from facts of the host.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DesiredContainer } from "#shared/state/desired.ts";
import type { HostFacts } from "#shared/state/host-facts.ts";
import { expand } from "#shared/expand/expand.ts";
import { changedFields } from "#shared/expand/testing/changed-fields.ts";
import { expandedContainer, filesOf, textOf } from "#shared/expand/testing/expanded-container.ts";
import { hostConfig, type HostConfigInput } from "#shared/expand/testing/host-config-builder.ts";
import { hostFacts, kubelet, kubernetesSecrets, wholeHost } from "#shared/expand/testing/kubernetes-builder.ts";

type Change = NonNullable<Parameters<typeof kubelet>[0]>;
type Document = NonNullable<Change["config"]>;

function container(change: Change = {}, facts: HostFacts = hostFacts()): DesiredContainer {
  return expandedContainer("kubelet", { sections: { kubelet: kubelet(change) }, facts });
}

/** The finished KubeletConfiguration. */
function documentOf(change: Change = {}, facts: HostFacts = hostFacts()): Document {
  return JSON.parse(textOf(container(change, facts), "config.json")) as Document; // written by us
}

function reasonOf(change: Change, facts: HostFacts): string | undefined {
  const config = hostConfig({ kubelet: kubelet(change), secrets: kubernetesSecrets() });
  return expand(config, facts).unmet?.find(({ name }) => name === "kubelet")?.reason;
}

test("its arguments name the node, its files and its data", () => {
  assert.deepEqual(container().spec.args, [
    "--bootstrap-kubeconfig=/etc/flexkube/files/bootstrap-kubeconfig",
    "--cert-dir=/var/lib/kubelet/pki",
    "--config=/etc/flexkube/files/config.json",
    "--hostname-override=h1",
    "--kubeconfig=/var/lib/kubelet/kubeconfig-e33099bd",
    "--node-ip=10.77.0.11",
    "--root-dir=/var/lib/kubelet",
  ]);
});

test("with another URL of the API it writes another kubeconfig, below the same directory of certificates", () => {
  const api = {
    server: "https://127.0.0.1:8443",
    certificate: "kubernetes/kubelet-client.crt",
    key: "kubernetes/ca.key",
  };
  const [before = [], after = []] = [container().spec.args, container({ api }).spec.args];

  const changed = after.filter((argument) => !before.includes(argument));
  assert.equal(changed.length, 1);
  assert.match(changed[0] ?? "", /^--kubeconfig=\/var\/lib\/kubelet\/kubeconfig-[0-9a-f]{8}$/);
});

test("where files lie and what the host is are added to its document", () => {
  const config = { apiVersion: "kubelet.config.k8s.io/v1beta1", authentication: { anonymous: { enabled: false } } };

  assert.deepEqual(documentOf({ config }), {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    authentication: {
      anonymous: { enabled: false },
      x509: { clientCAFile: "/etc/flexkube/files/client-ca.crt" },
    },
    cgroupDriver: "systemd",
    containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock",
    tlsCertFile: "/etc/flexkube/live/serving.crt",
    tlsPrivateKeyFile: "/etc/flexkube/live/serving.key",
  });
});

test("on control groups of version 1 the kubelet is told to run all the same, unless the config forbids it", () => {
  const old = hostFacts({ cgroupVersion: 1, cgroupDriver: "cgroupfs" });

  const allowed = container({}, old);
  const forbidden = container({ config: { failCgroupV1: true } }, old);

  assert.equal(documentOf({}, old)["failCgroupV1"], false);
  assert.equal(allowed.preflight?.cgroupV1Allowed, true);
  assert.equal(documentOf({ config: { failCgroupV1: true } }, old)["failCgroupV1"], true);
  assert.equal(forbidden.preflight?.cgroupV1Allowed, false);
  assert.equal(documentOf()["failCgroupV1"], undefined);
});

test("facts that decided are kept with the container, others are not", () => {
  assert.deepEqual(container().facts, { cri: "containerd", cgroupDriver: "systemd", cgroupVersion: 2 });
  assert.deepEqual(container({ cri: "cri-dockerd", cgroupDriver: "cgroupfs" }).facts, { cgroupVersion: 2 });
});

for (const [cri, socket, data] of [
  ["containerd", "/run/containerd/containerd.sock", "/var/lib/containerd"],
  ["cri-dockerd", "/run/cri-dockerd.sock", "/var/lib/docker"],
] as const)
  test(`${cri} is reached at its socket, and its data is seen, whether asked for or found`, () => {
    for (const one of [container({ cri }, hostFacts({ cri: undefined })), container({}, hostFacts({ cri }))]) {
      assert.ok(textOf(one, "config.json").includes(`"unix://${socket}"`));
      assert.deepEqual(
        one.spec.mounts.find(({ source }) => source === data),
        { source: data, target: data, readOnly: false, propagation: "rslave" },
      );
    }
  });

test("without a container runtime the kubelet is unmet, with what to do about it", () => {
  const reason = reasonOf({}, hostFacts({ cri: undefined, cgroupDriver: "cgroupfs" })) ?? "";

  for (const part of [
    "/run/containerd/containerd.sock",
    "/run/cri-dockerd.sock",
    'take "cri" out of disabled_plugins in /etc/containerd/config.toml',
    'plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options.SystemdCgroup = false',
    "kubelet.cri",
  ])
    assert.ok(reason.includes(part), part);
  assert.match(
    reasonOf({ criSocket: "/run/x.sock" }, hostFacts({ cri: undefined })) ?? "",
    /answers at \/run\/x\.sock;/,
  );
  assert.match(reasonOf({}, {}) ?? "", /SystemdCgroup = true where systemd manages control groups, else false/);
});

test("without the facts of Docker's control groups the kubelet is unmet", () => {
  assert.match(reasonOf({}, hostFacts({ cgroupVersion: undefined })) ?? "", /which version of control groups/);
  assert.match(reasonOf({}, hostFacts({ cgroupDriver: undefined })) ?? "", /kubelet\.cgroupDriver can say it/);
  assert.equal(reasonOf({ cgroupDriver: "systemd" }, hostFacts({ cgroupDriver: undefined })), undefined);
});

test("an unmet kubelet leaves everything else, and what waits for it goes on waiting", () => {
  const sections = { ...wholeHost(), containers: { web: { image: "web:1", dependsOn: ["kubelet"] } } };
  const config = hostConfig({ ...sections, secrets: kubernetesSecrets() });

  const [known, unknown] = [expand(config, hostFacts()), expand(config)];

  const names = (state: typeof known) => state.containers.map(({ name }) => name);
  assert.deepEqual(
    names(unknown),
    names(known).filter((name) => name !== "kubelet"),
  );
  assert.deepEqual(unknown.containers.find(({ name }) => name === "web")?.dependsOn, ["kubelet"]);
  assert.equal(known.unmet, undefined);
});

test("it shares the host's processes, network and control groups, and is privileged", () => {
  const { spec } = container();

  assert.deepEqual(
    [spec.user, spec.privileged, spec.networkMode, spec.pidMode, spec.cgroupnsMode, spec.usernsMode],
    ["0:0", true, "host", "host", "host", "host"],
  );
});

test("it sees the host's directories at the paths they have there", () => {
  const { spec, sealed } = container({ dataDirectory: "/data/kubelet" });

  const lines = spec.mounts.map(({ source, target, readOnly, propagation }) =>
    [source === target ? "" : source, target, readOnly ? "ro" : "rw", propagation].join(" ").trim(),
  );
  assert.deepEqual(lines, [
    "/data/kubelet rw rshared",
    `${sealed?.path} /etc/flexkube/files ro rprivate`,
    "/etc/kubernetes/kubelet/live /etc/flexkube/live ro rprivate",
    "/etc/machine-id ro rprivate",
    "/etc/os-release ro rprivate",
    "/lib/modules ro rprivate",
    "/run rw rslave",
    "/sys/fs/cgroup rw rprivate",
    "/var/lib/containerd rw rslave",
    "/var/log rw rprivate",
  ]);
});

test("mounts of the config are added, and win where they have the same target", () => {
  const mounts: Change["mounts"] = [
    { source: "/data/log", target: "/var/log" },
    { source: "/mnt", target: "/mnt", propagation: "rslave", create: { mode: "0700", uid: 1, gid: 2 } },
  ];

  const { spec, dataDirectories } = container({ mounts });

  assert.deepEqual(
    spec.mounts.filter(({ target }) => target === "/var/log").map(({ source }) => source),
    ["/data/log"],
  );
  assert.ok(spec.mounts.some(({ source, propagation }) => source === "/mnt" && propagation === "rslave"));
  assert.deepEqual(dataDirectories, [
    { path: "/lib/modules", mode: 0o755, uid: 0, gid: 0, shared: true },
    { path: "/mnt", mode: 0o700, uid: 1, gid: 2 },
    { path: "/var/lib/kubelet", mode: 0o750, uid: 0, gid: 0 },
  ]);
});

test("the directory of a socket outside /run is mounted too", () => {
  const { spec } = container({ criSocket: "/var/run/cri/cri.sock" });

  assert.ok(spec.mounts.some(({ source, target }) => source === "/var/run/cri" && target === "/var/run/cri"));
});

test("the first client certificate and the serving certificate are live, the rest is sealed", () => {
  assert.deepEqual(filesOf(container()), {
    "api-ca.crt": "sealed 644 0:0",
    "bootstrap-kubeconfig": "sealed 644 0:0",
    "client-ca.crt": "sealed 644 0:0",
    "config.json": "sealed 644 0:0",
    "client.crt": "live 644 0:0",
    "client.key": "live 600 0:0",
    "serving.crt": "live 644 0:0",
    "serving.key": "live 600 0:0",
  });
});

test("a kubelet that asks the API for its serving certificate gets none", () => {
  const config = { serverTLSBootstrap: true };

  assert.equal(filesOf(container({ config }))["serving.crt"], undefined);
  assert.equal(documentOf({ config })["tlsCertFile"], undefined);
});

test("ports, health and preflight follow its document", () => {
  const config = { address: "10.77.0.11", port: 11250, healthzPort: 11248, readOnlyPort: 11255, failSwapOn: false };

  const { claims, preflight, probe } = container({ config, mend: true });

  const ports = ["tcp/10.77.0.11:11250", "tcp/10.77.0.11:11255", "tcp/127.0.0.1:11248"];
  assert.deepEqual(claims, ports);
  assert.deepEqual(preflight, {
    sharedDirectory: "/var/lib/kubelet",
    ports,
    swapAllowed: true,
    cgroupV1Allowed: false,
    runtime: { cri: "containerd", socket: "/run/containerd/containerd.sock", cgroupDriver: "systemd" },
    sysctls: { "net.bridge.bridge-nf-call-iptables": "1", "net.ipv4.ip_forward": "1" },
    files: ["/etc/machine-id", "/etc/os-release"],
    mend: true,
  });
  const http = { scheme: "http", address: "127.0.0.1", port: 11248, path: "/healthz", status: 200, ca: undefined };
  assert.deepEqual(probe.http, http);
});

test("what flags say counts as what the document says, and wins over it", () => {
  const config = { address: "10.77.0.11", failSwapOn: true, failCgroupV1: true, port: 12250, cgroupDriver: "systemd" };
  const args = {
    "fail-swap-on": "false",
    "fail-cgroupv1": "false",
    port: "11250",
    "healthz-port": "11248",
    "protect-kernel-defaults": "true",
    "cgroup-driver": "cgroupfs",
  };

  const { claims, preflight, probe } = container({ config, args });

  assert.deepEqual(claims, ["tcp/10.77.0.11:11250", "tcp/127.0.0.1:11248"]);
  assert.deepEqual(preflight?.ports, claims);
  assert.deepEqual([preflight?.swapAllowed, preflight?.cgroupV1Allowed], [true, true]);
  assert.equal(preflight?.sysctls["kernel.panic"], "10");
  assert.equal(preflight?.runtime.cgroupDriver, "cgroupfs");
  assert.equal(probe.http?.port, 11248);
});

test("name servers that a flag names are those that are looked at, and the host need not tell its own", () => {
  const named = { resolver: "reachable", args: { "resolv-conf": "/etc/upstream" } } as const;
  const behindStub = hostFacts({ resolver: "systemd-resolved" });

  assert.equal(container(named, behindStub).preflight?.resolvConf, "/etc/upstream");
  assert.equal(documentOf(named, behindStub)["resolvConf"], undefined);
  assert.equal(container({ ...named, args: { "resolv-conf": "" } }).preflight?.resolvConf, undefined);
});

test("a kubelet that a flag tells to ask the API for its serving certificate gets none", () => {
  const args = { "rotate-server-certificates": "true" };

  assert.equal(filesOf(container({ args }))["serving.crt"], undefined);
  assert.equal(documentOf({ args })["tlsCertFile"], undefined);
});

test("a kubelet whose health is switched off is taken for healthy when it runs on", () => {
  const { probe, claims } = container({ config: { healthzPort: 0 } });

  assert.equal(probe.http, undefined);
  assert.deepEqual(claims, ["tcp/0.0.0.0:10250"]);
});

test("kernel parameters that the kubelet would only check are part of the preflight", () => {
  const sections: Partial<HostConfigInput> = {
    kubelet: kubelet({ config: { protectKernelDefaults: true } }),
    podNetwork: undefined,
  };

  assert.deepEqual(expandedContainer("kubelet", { sections }).preflight?.sysctls, {
    "kernel.keys.root_maxbytes": "25000000",
    "kernel.keys.root_maxkeys": "1000000",
    "kernel.panic": "10",
    "kernel.panic_on_oops": "1",
    "net.ipv4.ip_forward": "1",
    "vm.overcommit_memory": "1",
    "vm.panic_on_oom": "0",
  });
});

test("it waits for its load balancer and the CNI plug-ins", () => {
  assert.deepEqual(container().dependsOn, ["api-load-balancer-all", "cni-plugins"]);
});

const recreate = ["digest", "spec", "specHash"];

const changes: readonly (readonly [sentence: string, change: Change, facts: HostFacts, touched: readonly string[]])[] =
  [
    ["nothing", {}, {}, []],
    ["the control groups' driver", {}, { cgroupDriver: "cgroupfs" }, ["facts", "preflight", "sealed", ...recreate]],
    ["the image", { image: "kubelet:v1.36.4" }, {}, recreate],
    ["mend", { mend: true }, {}, ["preflight"]],
    ["the probe", { probe: { deadline: "1s" } }, {}, ["probe"]],
  ];

for (const [sentence, change, facts, touched] of changes)
  test(`changing ${sentence} of the kubelet touches ${touched.join(", ") || "nothing"}`, () => {
    assert.deepEqual(changedFields(container(), container(change, hostFacts(facts))), touched.toSorted());
  });

test("a kubelet whose pods must reach name servers takes systemd-resolved's own list where the usual one is its stub", () => {
  const reachable = { resolver: "reachable" } as const;
  const behindStub = hostFacts({ resolver: "systemd-resolved" });

  const stubbed = container(reachable, behindStub);
  assert.equal(documentOf(reachable, behindStub)["resolvConf"], "/run/systemd/resolve/resolv.conf");
  assert.equal(stubbed.preflight?.resolvConf, "/run/systemd/resolve/resolv.conf");
  assert.equal(stubbed.facts?.resolver, "systemd-resolved");

  const plain = hostFacts({ resolver: "plain" });
  assert.equal(documentOf(reachable, plain)["resolvConf"], undefined);
  assert.equal(container(reachable, plain).preflight?.resolvConf, "/etc/resolv.conf");

  const own = { ...reachable, config: { resolvConf: "/etc/upstream" } };
  assert.equal(documentOf(own, behindStub)["resolvConf"], "/etc/upstream");
  assert.equal(container(own, hostFacts()).preflight?.resolvConf, "/etc/upstream");

  assert.match(reasonOf(reachable, hostFacts()) ?? "", /name servers/);
  assert.equal(documentOf({}, behindStub)["resolvConf"], undefined);
});
