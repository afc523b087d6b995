import assert from "node:assert/strict";
import { test } from "node:test";
import { formatProblem } from "#shared/document/format-problem.ts";
import { parseHostConfig } from "./parse-host-config.ts";

const head = "apiVersion: flexkube/v1alpha1\nkind: Host\ncluster: demo\nhost: h1\n";

/** Problems without the file's name; the first line of `body` is line 5. */
function problemsOf(body: string): readonly string[] {
  const parsed = parseHostConfig(head + body, "f");
  return parsed.ok ? [] : parsed.problems.map((problem) => formatProblem(problem).replace(/^f:/, ""));
}

const etcd = (fields: string) =>
  `etcd: { name: h1, image: e, address: 10.0.0.1, dataDirectory: /var/lib/etcd, token: t, ${fields} }\n`;
const members = "members: { h1: { address: 10.0.0.1 } }";
const etcdSecrets =
  "secrets: { etcd/ca.crt: x, etcd/server.crt: x, etcd/server.key: x, etcd/peer.crt: x, etcd/peer.key: x }\n";
const pool = (fields: string) => `{ image: i, servers: { a: { address: 10.0.0.9, port: 6443 } }, ${fields} }`;

const cases: readonly (readonly [string, string, readonly string[]])[] = [
  [
    "a container with the name of a load balancer's",
    `apiLoadBalancers:\n  a: ${pool("bind: { address: 127.0.0.1, port: 1 }, ops: { port: 2 }")}\ncontainers:\n  api-load-balancer-a: { image: i }\n`,
    [
      "8:3: containers.api-load-balancer-a: the container name api-load-balancer-a is taken by apiLoadBalancers.a (choose another name)",
    ],
  ],
  [
    "names kept for flexkube itself",
    "containers:\n  flexkube-x: { image: i }\n  etcd: { image: i }\n  manifests: { image: i }\n",
    [
      "6:3: containers.flexkube-x: names that begin with flexkube- are reserved (choose another name)",
      "7:3: containers.etcd: etcd is reserved: the etcd member's files lie under this name (choose another name)",
      "8:3: containers.manifests: manifests is reserved: a kubelet may look for static pods there (choose another name)",
    ],
  ],
  [
    "a port that two load balancers bind",
    `apiLoadBalancers:\n  a: ${pool("bind: { address: 127.0.0.1, port: 7443 }, ops: { port: 1 }")}\n  b:\n    image: i\n    servers: { a: { address: 10.0.0.9, port: 6443 } }\n    bind: { address: 0.0.0.0, port: 7443 }\n    ops: { port: 2 }\n`,
    [
      "10:37: apiLoadBalancers.b.bind.port: tcp port 7443 is taken by apiLoadBalancers.a.bind.port (give one of the two another port)",
    ],
  ],
  [
    "a port that two containers publish",
    "containers:\n aa: { image: i, ports: [{ hostPort: 80, containerPort: 1 }] }\n bb:\n    image: i\n    ports:\n      - { hostPort: 80, containerPort: 2, address: 10.0.0.1 }\n",
    [
      "10:21: containers.bb.ports[0].hostPort: tcp port 80 is taken by containers.aa.ports[0].hostPort (give one of the two another port)",
    ],
  ],
  [
    "two spellings of one IPv6 address",
    'containers:\n aa: { image: i, ports: [{ hostPort: 80, containerPort: 1, address: "fd00::1" }, { hostPort: 80, containerPort: 1, address: "FD00:0::1" }] }\n',
    [
      "6:94: containers.aa.ports[1].hostPort: tcp port 80 is taken by containers.aa.ports[0].hostPort (give one of the two another port)",
    ],
  ],
  [
    "the agent's own port",
    "agent:\n  listen: { port: 80 }\ncontainers:\n aa: { image: i, ports: [{ hostPort: 80, containerPort: 1 }] }\n",
    [
      "6:19: agent.listen.port: tcp port 80 is taken by containers.aa.ports[0].hostPort (give one of the two another port)",
    ],
  ],
  [
    "a file with two owners",
    'containers:\n aa: { image: i, files: [{ path: /etc/x, content: "" }] }\n bb: { image: i, files: [{ path: /etc/x, content: "" }] }\n',
    [
      "7:34: containers.bb.files[0].path: /etc/x is already a file of containers.aa.files[0].path (every path has one owner)",
    ],
  ],
  [
    "a relative path twice in one container",
    'containers:\n aa:\n    image: i\n    files:\n      - { path: x, content: "" }\n      - { path: x, content: "" }\n',
    [
      "10:17: containers.aa.files[1].path: x is already a file of containers.aa.files[0].path (every path has one owner)",
    ],
  ],
  [
    "a file below a file",
    'containers:\n aa: { image: i, files: [{ path: /srv/x, content: "" }] }\n bb: { image: i, files: [{ path: /srv/x/y, content: "" }] }\n',
    ["7:34: containers.bb.files[0].path: /srv/x is a file of containers.aa.files[0].path, so nothing can lie below it"],
  ],
  [
    "files at reserved places",
    'containers:\n aa:\n    image: i\n    files:\n      - { path: /etc/kubernetes/x, content: "" }\n      - { path: /var/lib/flexkube/x, content: "" }\n      - { path: /proc/x, content: "" }\n',
    [
      "9:17: containers.aa.files[0].path: /etc/kubernetes is kept for the components' own files (use a relative path, or another directory)",
      "10:17: containers.aa.files[1].path: /var/lib/flexkube is the agent's own (choose another directory)",
      "11:17: containers.aa.files[2].path: /proc is the kernel's (choose another directory)",
    ],
  ],
  [
    "a file in etcd's data",
    `${etcd(members)}containers:\n aa: { image: i, files: [{ path: /var/lib/etcd/x, content: "" }] }\n${etcdSecrets}`,
    [
      "7:34: containers.aa.files[0].path: /var/lib/etcd holds etcd's data (choose another directory)",
      '8:12: secrets["etcd/ca.crt"]: etcd/ca.crt is no PEM certificate',
      '8:28: secrets["etcd/server.crt"]: etcd/server.crt is no PEM certificate',
      '8:48: secrets["etcd/server.key"]: etcd/server.key is no PEM private key',
      '8:68: secrets["etcd/peer.crt"]: etcd/peer.crt is no PEM certificate',
      '8:86: secrets["etcd/peer.key"]: etcd/peer.key is no PEM private key',
    ],
  ],
  [
    "effects that do not fit",
    'containers:\n aa: { image: i, files: [{ path: /x/y, content: "", effect: replace }, { path: z, content: "", signal: HUP }] }\n',
    [
      "6:61: containers.aa.files[0].effect: effect replace is for relative paths only (use none, signal or restart)",
      "6:104: containers.aa.files[1].signal: a signal without effect signal (set effect: signal)",
    ],
  ],
  [
    "mounts of what Docker keeps for itself, without propagation",
    "containers:\n aa:\n    image: i\n    mounts:\n      - { source: /, target: /a }\n      - { source: /var/lib, target: /b, propagation: private }\n      - { source: /var/lib/docker/volumes, target: /c }\n      - { source: /var, target: /d, propagation: rslave }\n      - { source: /var/lib/dockers, target: /e }\n      - { source: /var/lib/d, target: /f }\n      - { source: /var/lib/other, target: /g }\n",
    [
      "9:9: containers.aa.mounts[0].propagation: Docker refuses rprivate for /, which holds its own directory /var/lib/docker (set propagation: rslave, or rshared)",
      "10:54: containers.aa.mounts[1].propagation: Docker refuses private for /var/lib, which holds its own directory /var/lib/docker (set propagation: rslave, or rshared)",
      "11:9: containers.aa.mounts[2].propagation: Docker refuses rprivate for /var/lib/docker/volumes, which lies in its own directory /var/lib/docker (set propagation: rslave, or rshared)",
      "13:9: containers.aa.mounts[4].propagation: Docker refuses rprivate for /var/lib/dockers, which begins as does the name of its own directory /var/lib/docker (set propagation: rslave, or rshared)",
      "14:9: containers.aa.mounts[5].propagation: Docker refuses rprivate for /var/lib/d, which begins as does the name of its own directory /var/lib/docker (set propagation: rslave, or rshared)",
    ],
  ],
  [
    "one target for two mounts",
    'containers:\n aa:\n    image: i\n    filesAt: /data\n    files: [{ path: x, content: "" }]\n    mounts: [{ source: /a, target: /data }, { source: /b, target: /c }]\n    tmpfs: { /c: "" }\n',
    [
      "10:36: containers.aa.mounts[0].target: /data is already mounted by containers.aa.filesAt (choose another path)",
      '11:14: containers.aa.tmpfs["/c"]: /c is already mounted by containers.aa.mounts[1].target (choose another path)',
    ],
  ],
  [
    "an unknown container in dependsOn",
    "containers:\n  alpha: { image: i, dependsOn: [betta] }\n  beta: { image: i }\n",
    ["6:34: containers.alpha.dependsOn[0]: there is no container betta on this host (did you mean beta?)"],
  ],
  [
    "a name that Docker refuses",
    'containers:\n  w: { image: i }\n  "0": { image: i }\n  ab: { image: i }\n',
    [
      "6:3: containers.w: the container name w is too short: Docker takes names of two characters or more (choose a longer name)",
      "7:3: containers.0: the container name 0 is too short: Docker takes names of two characters or more (choose a longer name)",
    ],
  ],
  [
    "containers that wait for each other",
    "containers:\n aa: { image: i, dependsOn: [bb] }\n bb: { image: i, dependsOn: [cc] }\n cc: { image: i, dependsOn: [bb] }\n dd: { image: i, dependsOn: [dd] }\n",
    [
      "8:29: containers.cc.dependsOn: containers that wait for each other: bb → cc → bb",
      "9:29: containers.dd.dependsOn: containers that wait for each other: dd → dd",
    ],
  ],
  [
    "secrets that are not there",
    `agent: { registries: [{ server: s, username: u, password: registry }] }\ncontainers:\n aa: { image: i, files: [{ path: x, secret: tokn }], probe: { http: { port: 1, path: /, ca: ca } } }\nsecrets: { token: x }\n`,
    [
      "5:59: agent.registries[0].password: there is no secret of this name (known here: token)",
      "7:45: containers.aa.files[0].secret: there is no secret tokn (did you mean token?)",
      "7:93: containers.aa.probe.http.ca: there is no secret ca (known here: token)",
    ],
  ],
  [
    "content and secret at once, or neither",
    "containers:\n aa: { image: i, files: [{ path: x }, { path: y, content: a, secret: b }] }\n",
    [
      "6:26: containers.aa.files[0]: exactly one of content and secret",
      "6:39: containers.aa.files[1]: exactly one of content and secret",
    ],
  ],
];

for (const [what, body, expected] of cases)
  test(`${what}: told with its place`, () => {
    assert.deepEqual(problemsOf(body), expected);
  });

test("a member list without this member, or with another address for it, is a problem", () => {
  const secrets = etcdSecrets;
  const keep = (lines: readonly string[]) => lines.filter((line) => !line.includes("PEM"));

  assert.deepEqual(keep(problemsOf(etcd("members: {}") + secrets)), [
    "5:88: etcd.members: the member h1 is not among the members",
  ]);
  assert.deepEqual(
    keep(problemsOf(etcd("members: { h1: { address: 10.0.0.2 }, h2: { address: 10.0.0.2 } }") + secrets)),
    [
      "5:99: etcd.members.h1: address differs from etcd.address",
      "5:126: etcd.members.h2: the same address and peer port as h1",
    ],
  );
});

test("a restore is bound to its snapshot by the token, founds nothing, and loses nobody who is there", () => {
  const sha256 = "0f3a5b7c9d11".padEnd(64, "0");
  const restore = `restore: { number: 1, sha256: "${sha256}", clusterId: cdf818194e3a8c32, lost: [{ name: h9, address: 10.0.0.1 }] }`;
  const wrong = problemsOf(etcd(`${members}, bootstrap: true, ${restore}`) + etcdSecrets);
  const right = etcd(`${members}, ${restore.replace("10.0.0.1", "10.0.0.9")}`).replace(
    "token: t",
    "token: t-r1-0f3a5b7c9d11",
  );
  const told = (lines: readonly string[]) =>
    lines.filter((line) => !line.includes("PEM")).map((line) => line.replace(/^[0-9]+:[0-9]+: /, ""));

  assert.deepEqual(told(wrong), [
    "etcd.token: the token of a restored cluster ends with -r1-0f3a5b7c9d11",
    "etcd.bootstrap: a cluster that begins from a snapshot is not founded without one",
    "etcd.restore.lost[0].address: the member h1 of the new cluster is there",
  ]);
  assert.deepEqual(told(problemsOf(right + etcdSecrets)), []);
  for (const [field, value] of [
    ["number", "0"],
    ["sha256", '"0f3a"'],
    ["clusterId", "0f3a"],
  ] as const)
    assert.match(
      told(problemsOf(right.replace(new RegExp(`${field}: [^,]+`), `${field}: ${value}`) + etcdSecrets)).join(),
      new RegExp(`^etcd.restore.${field}: `),
    );
});

test("etcd's ports clash on its address and on loopback", () => {
  const problems = problemsOf(
    `${etcd(`${members}, metricsPort: 2379`)}containers:\n aa: { image: i, ports: [{ hostPort: 2380, containerPort: 1 }] }\n${etcdSecrets}`,
  ).filter((line) => !line.includes("PEM"));

  assert.deepEqual(problems, [
    "5:141: etcd.metricsPort: tcp port 2379 is taken by etcd.clientPort (give one of the two another port)",
    "7:38: containers.aa.ports[0].hostPort: tcp port 2380 is taken by etcd.peerPort (give one of the two another port)",
  ]);
});

test("ports on the host network are a warning only", () => {
  const parsed = parseHostConfig(
    `${head}containers:\n aa: { image: i, networkMode: host, ports: [{ hostPort: 1, containerPort: 1 }] }\n`,
    "f",
  );

  assert.ok(parsed.ok);
  assert.deepEqual(parsed.warnings.map(formatProblem), [
    "f:6:37: containers.aa.ports: ports are not published on the host network",
  ]);
});

test("schema problems and problems between parts are told together", () => {
  assert.deepEqual(problemsOf("agnet: {}\ncontainers:\n aa: { image: i, dependsOn: [bb], privileged: 1 }\n"), [
    "5:1: agnet: unknown key (did you mean agent?)",
    "7:30: containers.aa.dependsOn[0]: there is no container bb on this host (known here: aa)",
    "7:47: containers.aa.privileged: expected true or false, found a number",
  ]);
});

test("no follow-up problems are made up for a thing that is itself wrong", () => {
  assert.deepEqual(problemsOf("containers:\n aa: { image: i, dependsOn: [bb] }\n bb: 5\n"), [
    "7:6: containers.bb: expected a map, found a number",
  ]);
});
