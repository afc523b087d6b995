// Every field of the cluster config has a type of its domain: what can never work is refused at its place, with a hint, and what
// is reasonable stays.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";

const head = `apiVersion: flexkube/v1alpha1
kind: Cluster
name: demo
hosts: { h1: { address: 10.0.0.1 }, h2: { address: 10.0.0.2 } }
`;
const cluster = `${head}kubernetes: { version: 1.36.3 }
etcd: { hosts: h1 ETCD }
controlPlane: { hosts: h1 CONTROL }
kubelets: { all: { hosts: all KUBELET } }
network: { NETWORK }
addons: { coredns: { replicas: 1 COREDNS } }
`;

async function said(config: string): Promise<string> {
  const { code, stderr } = await fakeMachine(config).run("validate");
  return `${code} ${stderr}`;
}

/** The cluster with a part in place of one of the words above. */
function withPart(word: string, part: string): string {
  return cluster.replace(word, part).replaceAll(/(?<= )(ETCD|CONTROL|KUBELET|NETWORK|COREDNS)(?= )/g, "");
}

function container(fields: string): string {
  return `${head}containers: {cc: { hosts: all, image: "busybox:1", ${fields} } }\n`;
}

function refuses(kind: string, makes: (value: string) => string, values: readonly string[]): void {
  for (const value of values)
    test(`${kind}: ${value.slice(0, 60)} is refused with a place`, async () => {
      assert.match(await said(makes(value)), /^65 cluster\.yaml:\d+:\d+: /);
    });
}

function takes(kind: string, makes: (value: string) => string, values: readonly string[]): void {
  for (const value of values)
    test(`${kind}: ${value.slice(0, 60)} is taken without a word`, async () => {
      assert.equal(await said(makes(value)), "0 ");
    });
}

const image = (value: string): string => `${head}containers: {cc: { hosts: all, image: ${JSON.stringify(value)} } }\n`;
const host = (value: string): string =>
  head.replace("10.0.0.2", value) + "containers: {cc: { hosts: all, image: i } }\n";
const alone = (value: string): string =>
  `${head.replace(/^hosts.*$/m, `hosts: { h1: { address: "${value}" } }`)}containers: {cc: { hosts: all, image: i } }\n`;
const san = (value: string): string => withPart("CONTROL", `, extraSans: [${JSON.stringify(value)}]`);
const encrypted = (value: string): string => withPart("CONTROL", `, encryption: { resources: ${value} }`);
const etcdDirectory = (value: string): string => withPart("ETCD", `, dataDirectory: ${value}`);
const plugins = (value: string): string => withPart("NETWORK", `bridge: { binDirectory: ${value} }`);
const domain = (value: string): string => withPart("NETWORK", `dnsDomain: ${JSON.stringify(value)}`);
const pods = (value: string): string => withPart("NETWORK", `podCidr: ${JSON.stringify(value)}`);
const forward = (value: string): string => withPart("COREDNS", `, forward: ${value}`);
const digest = "0123456789abcdef".repeat(4);

describe("types of fields", () => {
  refuses("image", image, [
    "a:1:2",
    "a@1",
    "a@sha256:abc",
    "A:1",
    "a/",
    "a//b",
    "a:-x",
    "a@b@c",
    "a.b:x/c",
    digest,
    "a__-b",
    "a.b:99999/c:1",
    "a.b:0/c",
  ]);
  takes("image", image, [
    "a",
    "a:1_x",
    "localhost/a",
    "R.example.org:5000/a/b-c:1",
    `a@sha256:${digest}`,
    "a__b/c--d:v1",
  ]);

  const unusable = [
    "0.0.0.0",
    '"::"',
    "255.255.255.255",
    "224.0.0.9",
    "169.254.1.1",
    "240.0.0.1",
    '"fe80::1"',
    '"ff02::1"',
  ];
  refuses("address of a host", host, [...unusable, "127.0.0.1", '"::ffff:10.0.0.9"', "0.1.2.3"]);
  takes("address of a host", host, ["192.168.1.2", '"fd00::2"', "100.64.0.1", "8.8.8.8"]);
  takes("address of the only host", alone, ["127.0.0.1", "::1"]);

  const names = [
    "https://a.example.org",
    "a.example.org:6443",
    "10.0.0.300",
    ".",
    "a b",
    "10.0.0.0/8",
    "a..b",
    "-a.b",
    "*.*.a",
  ];
  refuses("name in a certificate", san, [
    ...names,
    "[fd00::1]",
    "a_b",
    "*",
    "a.",
    "*a.b",
    `${"a".repeat(64)}.b`,
    "1.2.3",
    "0.0.0.0",
    "::",
    "224.0.0.1",
    "255.255.255.255",
    "fe80::1",
  ]);
  takes("name in a certificate", san, [
    "127.0.0.1",
    "169.254.1.1",
    "a.example.org",
    "*.example.org",
    "10.0.0.9",
    "fd00::1",
    "API.example.org",
    "localhost",
  ]);

  refuses("encrypted resources", encrypted, ['[""]', "[secret]", "[Secrets]", '["secrets "]', "[secrets, secrets]"]);
  refuses(
    "encrypted resources",
    encrypted,
    ['[secrets, "*.*"]', '["*"]', "[deployments]", "[deployments.app]", '["*.", pods]'].slice(0, 3),
  );
  refuses("encrypted resources", encrypted, [
    "[pod.apps]",
    '["*.apps", deployments.apps]',
    '["*.", pods]',
    "[secrets/status]",
    "[secrets.core]",
    "[widgets.example]",
    "[ingress.networking.k8s.io]",
    "[secrets.v1]",
    '["*.app"]',
    '["*.apps", deployments.apps]',
    '[secrets, "*."]',
  ]);
  takes("encrypted resources", encrypted, [
    "[secrets, configmaps]",
    '["*.*"]',
    "[deployments.apps, widgets.example.org]",
    "[ingresses.networking.k8s.io, gateways.gateway.networking.k8s.io]",
    '["*.apps"]',
  ]);

  const system = [
    "/etc",
    "/etc/x",
    "/var",
    "/var/lib",
    "/var/lib/docker",
    "/var/lib/docker/x",
    "/var/lib/flexkube/x",
    "/proc/1",
  ];
  refuses("data directory", etcdDirectory, [
    ...system,
    "/usr/x",
    "/run/etcd",
    "/tmp/x",
    "/home",
    "/var/lib/kubelet/etcd",
  ]);
  refuses("data directory", etcdDirectory, ["/var/log/kube-apiserver", "/opt/cni/bin", "/var/lib/kubelet", "/opt/cni"]);
  takes("data directory", etcdDirectory, ["/var/lib/etcd2", "/srv/etcd", "/data/etcd", "/home/etcd/data"]);

  refuses("directory of plug-ins", plugins, [
    "/etc",
    "/usr/bin",
    "/usr/local/sbin",
    "/proc/x",
    "/run/cni",
    "/opt",
    "/lib",
  ]);
  takes("directory of plug-ins", plugins, ["/usr/lib/cni", "/usr/libexec/cni", "/var/lib/cni/bin", "/srv/cni"]);

  refuses("domain", domain, ["a..b", "a.-b", "a".repeat(64), "a.", ".a", "Cluster.Local", "a b", "a_b", ""]);
  takes("domain", domain, ["cluster.local", "a", "k8s.example.org"]);

  refuses("pods' network", pods, [
    "127.0.0.0/16",
    "169.254.0.0/16",
    "224.0.0.0/16",
    "0.0.0.0/8",
    "240.0.0.0/8",
    "fe80::/16",
    "0.0.0.0/0",
  ]);
  takes("pods' network", pods, ["10.200.0.0/16", "172.20.0.0/16"]);

  refuses("name servers", forward, [
    '["10.0.0.9 {\\n}"]',
    "[ns.example.org]",
    "[/etc/resolv.conf]",
    "[127.0.0.53]",
    '["10.0.0.9:0"]',
  ]);
  refuses("name servers", forward, [
    "[10.96.0.10]",
    "[10.96.0.77]",
    "[10.0.0.9, 10.0.0.9]",
    '["[10.0.0.9]:53"]',
    '["fd00::1:53x"]',
    '[""]',
    '["::ffff:127.0.0.1"]',
    '["[::ffff:10.96.0.10]:53"]',
    '["fe80::1"]',
  ]);
  takes("name servers", forward, ["[10.0.0.9]", '["10.0.0.9:5353", "fd00::9", "[fd00::9]:53"]']);

  const fields = [
    "capabilities: { add: [CAP_NET_ADMIN] }",
    "capabilities: { drop: [NET_ADMN] }",
    'args: ["a\\0b"]',
    'env: { A: "\\0" }',
  ];
  refuses("container", container, [
    ...fields,
    'args: ["\\ud800"]',
    "entrypoint: []",
    "stopSignal: HUPP",
    "stopTimeout: 100h",
  ]);
  refuses("container", container, [
    "ulimits: [{ name: nofile, soft: 5, hard: 1 }]",
    "ulimits: [{ name: files, soft: 1, hard: 1 }]",
  ]);
  refuses("container", container, ["ulimits: [{ name: core, soft: 1, hard: 1 }, { name: core, soft: 0, hard: 1 }]"]);
  refuses("container", container, [
    "sysctls: { kernel.panic: '1' }",
    "sysctls: { net/core/somaxconn: '1' }",
    "log: { driver: jsonfile }",
  ]);
  refuses("container", container, [
    "log: { options: { max-size: big } }",
    "log: { options: { maxsize: 1m } }",
    "log: { driver: none, options: { tag: a } }",
  ]);
  refuses("container", container, [
    "tmpfs: { /tmp: 'size=many' }",
    "tmpfs: { /tmp: 'sise=1m' }",
    "devices: [{ host: /dev/a, container: /dev/a, permissions: rr }]",
    "devices: [{ host: /dev/a, container: /dev/c }, { host: /dev/b, container: /dev/c }]",
  ]);
  refuses("container", container, [
    "networkMode: host, sysctls: { net.core.somaxconn: '1' }",
    "hostname: a..b",
    "probe: { timeout: 0s, tcp: { port: 1 } }",
  ]);
  refuses("container", container, [
    "probe: { http: { port: 1, path: '/a b' } }",
    "hostname: -a",
    'labels: { constructor: "1" }',
    "ports: [{ address: 224.0.0.1, hostPort: 1, containerPort: 1 }]",
  ]);
  refuses("container", container, [
    "sysctls: { net.core.somaxconn: many }",
    "sysctls: { net.core.somaxconn: '' }",
    "sysctls: { net.ipv4.tcp_congestion_control: 'B B;R' }",
    'user: "-x"',
    'user: "0:4294967294"',
    `user: ${"a".repeat(300)}`,
  ]);
  refuses("container", container, [
    `files: [{ path: ${"a".repeat(256)}, content: a }]`,
    `files: [{ path: ${"a/".repeat(600)}a, content: a }]`,
    `probe: { http: { port: 1, path: '/a"b' } }`,
    "probe: { http: { port: 1, path: '/100%' } }",
    "probe: { http: { port: 1, path: '/a\\b' } }",
    "log: { driver: journald, options: { tag: '{{ .name }}' } }",
    "log: { driver: journald, options: { tag: '{{.Name' } }",
  ]);
  takes("container", container, [
    "capabilities: { add: [NET_ADMIN], drop: [ALL] }",
    "sysctls: { net.ipv4.ip_local_port_range: '1024 65535', net.ipv4.tcp_congestion_control: bbr }",
    "log: { driver: journald, options: { tag: '{{.ImageName}}/{{ slice .ID 0 5 }}' } }",
    "probe: { http: { port: 1, path: '/a%20b?c=d' } }",
    "ulimits: [{ name: memlock, soft: -1, hard: -1 }]",
  ]);
  takes("container", container, [
    "tmpfs: { /tmp: 'rw,noexec,size=10m,mode=1777' }",
    "sysctls: { net.ipv4.ip_forward: '1', kernel.shmmax: '1' }",
    "stopSignal: SIGRTMIN+3",
  ]);
  takes("container", container, [
    "log: { driver: journald, options: { tag: a } }",
    "log: { driver: json-file, options: { max-size: 1.5m, max-file: '2', compress: 'true' } }",
  ]);

  test("a log driver that is not Docker's own is told, for its options cannot be checked", async () => {
    assert.match(
      await said(container("log: { driver: example/loki:latest, options: { a: b } }")),
      /^0 .*Docker's own log drivers/,
    );
  });

  test("a mode of Docker's that is misspelt is refused, and a network's name that is nearly one is told", async () => {
    assert.match(await said(container("networkMode: hosts")), /^65 .*no network mode hosts.*did you mean host\?/);
    assert.match(await said(container("networkMode: Bridge")), /^65 .*did you mean bridge\?/);
    assert.match(await said(container("networkMode: bridge1")), /^0 warning: .*bridge1 .*did you mean bridge\?/);
    assert.equal(await said(container("networkMode: backend")), "0 ");
  });

  test("addresses for documentation and Docker's own network are told and taken", async () => {
    assert.match(await said(host("192.0.2.7")), /^0 warning: cluster\.yaml:4:.*for examples in documentation/);
    assert.match(await said(pods("172.17.0.0/16")), /^0 warning: .*Docker's own bridge/);
  });

  test("a registry with two credentials is refused, since one would not count", async () => {
    const entry = "{ server: r.example.org, username: u, password: p }";
    const config = `${container("")}images: { registries: [${entry}, ${entry}] }\nsecrets: { p: { content: c } }\n`;

    assert.match(await said(config), /^65 .*registries\[1\]\.server: "r\.example\.org" is there twice/);
  });

  test("a host twice in a list is refused", async () => {
    assert.match(await said(container("").replace("hosts: all", "hosts: [h1, h1]")), /^65 .*"h1" is there twice/);
    assert.match(await said(`${container("")}hostGroups: { g: [h1, h1] }\n`), /^65 .*"h1" is there twice/);
  });

  test("nothing is told in the schema library's words", async () => {
    const text = await said(
      container("args: 4, resources: { cpus: 0.001 }, files: [{ path: 5, content: a }], ipcMode: x"),
    );
    const flags = await said(withPart("KUBELET", ", args: { v: 4, w: [a, 5], x: .inf, y: null }"));

    const more = await said(
      container('env: { "A=B": c, "": d }, hostname: "", devices: [{ host: /a, container: /a, permissions: z }]'),
    );
    const issuer = await said(withPart("CONTROL", ', serviceAccountIssuer: "x", extraSans: [""]'));

    const long = await said(withPart("KUBELET", `, args: { v: [${"a,".repeat(101)}] }`));

    assert.match(long, /args\.v: too big: must have <=100 items\n/);
    assert.doesNotMatch(`${text}${flags}${more}${issuer}`, /Invalid|received|multiple of|must match|>=1/);
    assert.match(more, /env\["A=B"\]: "A=B" cannot be a key here \(1 to 255 characters without =\)/);
    assert.match(issuer, /serviceAccountIssuer: "x" is not valid here \(expected an https URL such as /);
    assert.match(issuer, /extraSans\[0\]: it is empty/);
    assert.match(flags, /args\.v: expected text or a list, found a number \(write it in quotes\)/);
    assert.match(flags, /args\.w\[1\]: expected text, found a number \(write it in quotes\)/);
  });

  test("control characters of the config reach no terminal as they are", async () => {
    const text = await said(container("").replace("hosts: all", 'hosts: ["\\e[31mred\\nfake: line"]'));

    assert.match(text, /^65 .*\\u001b\[31mred\\nfake/);
  });
});
