// Every problem of a cluster config is told with its place, all at once, and nothing is written.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { smallCluster } from "#planner/testing/small-cluster.ts";
import { head, places, told, type Case } from "#planner/testing/told.ts";

const cases: readonly Case[] = [
  [
    "mounts of what holds Docker's directory, in a section and in an override",
    "containers:\n  web:\n    hosts: all\n    image: i\n    mounts: [{ source: /var/lib, target: /a }]\n    overrides:\n      h2: { mounts: [{ source: /, target: /a, propagation: rprivate }] }\n",
    [
      "12:14: containers.web.mounts[0].propagation: Docker refuses rprivate for /var/lib, which holds its own directory /var/lib/docker, on h1, h3 (set propagation: rslave, or rshared)",
      "14:60: containers.web.overrides.h2.mounts[0].propagation: Docker refuses rprivate for /, which holds its own directory /var/lib/docker, on h2 (set propagation: rslave, or rshared)",
    ],
  ],
  [
    "an unknown host",
    "etcd: { hosts: [h1, h4, x] }\n",
    [
      "8:21: etcd.hosts[1]: unknown host or host group h4 (known here: h1, h2, h3, all)",
      "8:25: etcd.hosts[2]: unknown host or host group x (known here: h1, h2, h3, all)",
    ],
  ],
  [
    "an unknown host group",
    "hostGroups: { workers: [h1, h9] }\ncontainers:\n  web: { hosts: worker, image: i }\n",
    [
      "8:29: hostGroups.workers[1]: unknown host h9 (known here: h1, h2, h3)",
      "10:17: containers.web.hosts: unknown host or host group worker (did you mean workers?)",
    ],
  ],
  ["a section without hosts", "etcd: { hosts: [] }\n", ["8:16: etcd.hosts: no host is named"]],
  [
    "a group named as a host, and an empty one",
    "hostGroups: { h1: [h2], none: [], all: [h1] }\n",
    [
      "8:15: hostGroups.h1: a host is named h1 too",
      "8:25: hostGroups.none: the group has no hosts",
      "8:35: hostGroups.all: all is the word for every host",
    ],
  ],
  [
    "an override for a host of no use",
    "etcd: { hosts: h1, overrides: { h2: {}, h7: {} } }\n",
    [
      "8:33: etcd.overrides.h2: h2 is not among the hosts of this section (known here: h1)",
      "8:41: etcd.overrides.h7: unknown host h7 (known here: h1)",
    ],
  ],
  [
    "an unknown key in an override",
    "etcd: { hosts: h1, overrides: { h1: { clientPrt: 1 } } }\n",
    ["8:39: etcd.overrides.h1.clientPrt: unknown key (did you mean clientPort?)"],
  ],
  [
    "a version of Kubernetes that is none",
    "kubernetes: { version: '1.36' }\n",
    [
      '8:24: kubernetes.version: "1.36" is not valid here (expected a version in full and in quotes if need be, such as 1.36.3)',
    ],
  ],
  [
    "a version that is a number",
    "etcd: { hosts: h1, version: 3.6 }\n",
    ["8:29: etcd.version: expected text, found a number (write it in quotes)"],
  ],
  [
    "versions of etcd that cannot be run",
    "etcd:\n  hosts: [h1, h2, h3]\n  version: 3.5.10\n  overrides:\n    h2: { version: 3.8.0 }\n",
    [
      "10:12: etcd.version: etcd older than 3.5.11 has no /livez and /readyz and no safe way to newer versions (use 3.5.11 to 3.7)",
      "12:20: etcd.overrides.h2.version: etcd newer than 3.7 is not known to this version of flexkube (use 3.5.11 to 3.7)",
    ],
  ],
  [
    "a version that is not that of the image",
    "etcd: { hosts: h1, image: 'e:v3.6.1', version: 3.6.2 }\n",
    ["8:48: etcd.version: the version is not that of the image e:v3.6.1"],
  ],
  [
    "etcd's and a load balancer's port",
    "etcd: { hosts: h1 }\napiLoadBalancers:\n  main:\n    hosts: all\n    servers: { h1: { address: 10.0.0.1, port: 6443 } }\n    ops: { port: 2381 }\n",
    [
      "13:18: apiLoadBalancers.main.ops.port: tcp port 2381 is taken by etcd.metricsPort, on h1 (give one of the two another port)",
    ],
  ],
  [
    "a published port in an override",
    "etcd: { hosts: h1 }\ncontainers:\n  web:\n    hosts: all\n    image: i\n    overrides:\n      h1: { ports: [{ hostPort: 2379, containerPort: 80 }] }\n",
    [
      "14:33: containers.web.overrides.h1.ports[0].hostPort: tcp port 2379 is taken by etcd.clientPort, on h1 (give one of the two another port)",
    ],
  ],
  [
    "the agent's port, on all hosts at once",
    "agent: { listen: { port: 80 } }\ncontainers:\n  web: { hosts: all, image: i, ports: [{ hostPort: 80, containerPort: 80 }] }\n",
    [
      "8:26: agent.listen.port: tcp port 80 is taken by containers.web.ports[0].hostPort, on h1, h2, h3 (give one of the two another port)",
    ],
  ],
  [
    "container names",
    "etcd: { hosts: h1 }\napiLoadBalancers:\n  a: { hosts: h1, servers: {} }\ncontainers:\n  etcd-h1: { hosts: all, image: i }\n  flexkube-x: { hosts: h1, image: i }\n  api-load-balancer-a: { hosts: h1, image: i }\n",
    [
      "12:3: containers.etcd-h1: the container name etcd-h1 is taken by etcd, on h1 (choose another name)",
      "13:3: containers.flexkube-x: names that begin with flexkube- are reserved, on h1 (choose another name)",
      "14:3: containers.api-load-balancer-a: the container name api-load-balancer-a is taken by apiLoadBalancers.a, on h1 (choose another name)",
    ],
  ],
  [
    "a file with two owners on some host",
    "containers:\n aa: { hosts: [h1, h2], image: i, files: [{ path: /srv/x, content: '' }] }\n bb: { hosts: [h2, h3], image: i, files: [{ path: /srv/x, content: '' }] }\n",
    [
      "10:51: containers.bb.files[0].path: /srv/x is already a file of containers.aa.files[0].path, on h2 (every path has one owner)",
    ],
  ],
  [
    "a dependency that is not on every host",
    "containers:\n aa: { hosts: all, image: i, dependsOn: [bb, etcd] }\n bb: { hosts: h2, image: i }\netcd: { hosts: h1 }\n",
    [
      "9:42: containers.aa.dependsOn[0]: there is no container bb on this host, on h1, h3 (known here: etcd-h1, aa)",
      "9:46: containers.aa.dependsOn[1]: there is no container etcd-h2 on this host, on h2 (known here: aa, bb)",
      "9:46: containers.aa.dependsOn[1]: there is no container etcd-h3 on this host, on h3 (known here: aa)",
    ],
  ],
  [
    "a field that layers leave out",
    "containers:\n  web: { hosts: [h1, h2], overrides: { h1: { image: i } } }\n",
    ["9:3: containers.web.image: required, but missing, on h2"],
  ],
  [
    "a merged map that is wrong only as a whole",
    "containers:\n  web:\n    hosts: [h1]\n    image: i\n    probe: { tcp: { port: 1 } }\n    overrides: { h1: { probe: { http: { port: 1, path: / } } } }\n",
    ["13:24: containers.web.overrides.h1.probe: http or tcp, not both, on h1"],
  ],
  [
    "an even number of members",
    "etcd: { hosts: [h1, h2] }\n",
    ["warning: 8:16: etcd.hosts: 2 members survive no more failures than 1 (use an odd number)"],
  ],
  [
    "an image that tells no version",
    "etcd: { hosts: h1, image: 'registry.example.org:5000/etcd' }\n",
    [
      "warning: 8:27: etcd.image: registry.example.org:5000/etcd does not tell etcd's version, so corruption checks stay off (set version)",
    ],
  ],
  [
    "wrong values, and not what follows from their being taken out",
    'containers:\n  web: { hosts: all, image: "a:1:2", probe: { http: { port: 0, path: x } } }\napiLoadBalancers:\n  aa: { hosts: all, servers: { s: { address: 10.9.0.1, port: 1 } } }\n  bb: { hosts: all, bind: { port: "7444" }, ops: { port: 7081 }, servers: { s: { address: x, port: 1 } } }\n',
    [
      '9:29: containers.web.image: "a:1:2" is no image reference: it has more than one tag (such as registry.example.org/etcd:v3.6.16)',
      "9:61: containers.web.probe.http.port: too small: must be >=1, found 0",
      '9:70: containers.web.probe.http.path: "x" is not valid here (expected text that must start with "/")',
      '12:35: apiLoadBalancers.bb.bind.port: expected a number, found the text "7444" (remove the quotes)',
      '12:91: apiLoadBalancers.bb.servers.s.address: "x" is not valid here (expected an IPv4 or IPv6 address)',
    ],
  ],
  [
    "schema, selection and host problems together",
    "etdc: {}\netcd: { hosts: [h1, h8, h3] }\ncontainers:\n  flexkube-a: { hosts: h1, image: i }\n",
    [
      "8:1: etdc: unknown key (did you mean etcd?)",
      "9:21: etcd.hosts[1]: unknown host or host group h8 (known here: h1, h2, h3, all)",
      "11:3: containers.flexkube-a: names that begin with flexkube- are reserved, on h1 (choose another name)",
      "warning: 9:16: etcd.hosts: 2 members survive no more failures than 1 (use an odd number)",
    ],
  ],
];

for (const [what, config, expected] of cases)
  test(`${what}: told with line and column`, async () => {
    const lines = await told(head + config);

    assert.deepEqual(places(lines), expected.toSorted());
  });

test("problems of hosts themselves are told with line and column", async () => {
  const config =
    "apiVersion: flexkube/v1alpha1\nkind: Cluster\nname: demo\nhosts:\n  all: { address: 10.0.0.1 }\n  h2: { address: 10.0.0.1 }\n  h3: { address: h3.example.org }\n";

  assert.deepEqual(await told(config), [
    'cluster.yaml:7:18: hosts.h3.address: "h3.example.org" is not valid here (expected an IPv4 or IPv6 address)',
  ]);
  assert.deepEqual(await told(config.replace("h3.example.org", "10.0.0.3")), [
    "cluster.yaml:5:3: hosts.all: all is the word for every host",
    "cluster.yaml:6:18: hosts.h2.address: 10.0.0.1 is the address of all already",
  ]);
  assert.deepEqual(await told("apiVersion: flexkube/v1alpha1\nkind: Cluster\nname: demo\nhosts: {}\n"), [
    "cluster.yaml:4:1: hosts: there are no hosts (name at least one)",
  ]);
});

test("a recipient that was mistyped, is another host's, or is a key is told at its line, and a key is not shown", async () => {
  const recipient = "age1w8mzxygl9z6uq7vjdnjh9n9d4dadad66mw6cln6xxf4ljawfnsksrmu3t5";
  const key = "AGE-SECRET-KEY-1AFHWFNSM0U6DETU8Z6J3LDJQCWYTXQWN84FSLY3QN5V9TVFDKZMQ7U9N4H";
  const config = (second: string): string =>
    `apiVersion: flexkube/v1alpha1\nkind: Cluster\nname: demo\nhosts:\n  h1: { address: 10.0.0.1, recipient: ${recipient} }\n  h2: { address: 10.0.0.2, recipient: ${second} }\n`;
  const place = "cluster.yaml:6:39: hosts.h2.recipient:";

  assert.deepEqual(await told(config(recipient.replace("w8mz", "w8nz"))), [
    `${place} its checksum does not fit the recipient (copy it again: some of its characters are others)`,
  ]);
  assert.deepEqual(await told(config(recipient)), [
    `${place} it is the recipient of h1 already (put what flexkube-agent identity prints on h2 here)`,
  ]);
  assert.deepEqual(await told(config(key)), [
    `${place} the value is not valid here (expected age1…, as flexkube-agent identity prints it)`,
  ]);
});

test("a valid config exits 0, an invalid one 65, and nothing is ever written", async () => {
  const good = fakeMachine(smallCluster);
  const bad = fakeMachine(`${smallCluster}\nx: 1\n`);

  assert.deepEqual(await good.run("validate"), { code: 0, stdout: "cluster.yaml: valid, 3 hosts\n", stderr: "" });
  assert.equal((await bad.run("validate")).code, 65);
  assert.equal((await bad.run("split")).code, 65);
  assert.deepEqual([...good.writes, ...bad.writes], []);
});

test("-o yaml says what --json does; a form that is not known is refused", async () => {
  const machine = fakeMachine(`${head}etcd: { hosts: h9 }\n`);
  const [json, yaml, word] = [
    await machine.run("validate", "--json"),
    await machine.run("validate", "-o", "yaml"),
    await machine.run("validate", "-o", "yml"),
  ];

  assert.deepEqual(parse(yaml.stdout), JSON.parse(json.stdout));
  assert.equal(yaml.code, json.code);
  assert.deepEqual([word.code, word.stdout], [64, ""]);
  assert.match(word.stderr, /--output.*did you mean yaml/);
});

test("--json gives problems as data on standard output", async () => {
  const { code, stdout } = await fakeMachine(`${head}etcd: { hosts: h9 }\n`).run("validate", "--json");

  assert.equal(code, 65);
  assert.deepEqual(JSON.parse(stdout), {
    version: 1,
    ok: false,
    problems: [
      {
        path: "etcd.hosts",
        problem: "unknown host or host group h9",
        hint: "known here: h1, h2, h3, all",
        file: "cluster.yaml",
        line: 8,
        column: 16,
      },
    ],
    warnings: [],
  });
});

test("a config that is not there is a config error", async () => {
  const { code, stderr } = await fakeMachine(smallCluster).run("validate", "other.yaml");

  assert.equal(code, 65);
  assert.equal(stderr, "flexkube-planner: the cluster config cannot be read: other.yaml: does not exist\n");
});

test("the same problem on many hosts is told once with a few of them", async () => {
  const hosts = Array.from({ length: 50 }, (_, index) => `  n${index}: { address: 10.1.0.${index} }\n`).join("");

  const lines = await told(`${head}${hosts}containers:\n  flexkube-a: { hosts: all, image: i }\n`);

  assert.deepEqual(lines, [
    "cluster.yaml:59:3: containers.flexkube-a: names that begin with flexkube- are reserved, on h1, h2 and 51 more hosts (choose another name)",
  ]);
});
