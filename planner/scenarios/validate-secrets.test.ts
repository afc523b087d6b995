// Problems of secrets, keys and certificates in a cluster config, each with its place.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { head, places, told, type Case } from "#planner/testing/told.ts";

const cases: readonly Case[] = [
  [
    "secrets that are not there",
    "images: { registries: [{ server: s, username: u, password: pass }] }\napiLoadBalancers:\n  main: { hosts: h1, servers: {}, ca: lb }\ncontainers:\n aa: { hosts: h1, image: i, files: [{ path: x, secret: tokn }] }\nsecrets:\n  token: { content: x }\n",
    [
      "8:60: images.registries[0].password: there is no secret of this name, on h1, h2, h3 (known here: token)",
      "10:39: apiLoadBalancers.main.ca: there is no secret lb, on h1 (known here: token)",
      "12:56: containers.aa.files[0].secret: there is no secret tokn, on h1 (did you mean token?)",
      "warning: 14:3: secrets.token: no host uses this secret",
    ],
  ],
  [
    "secrets with names or files that cannot be",
    "secrets:\n  etcd/ca.crt: { content: x }\n  hash-key: { content: x }\n  a: { file: missing.txt }\n",
    [
      '9:3: secrets["etcd/ca.crt"]: the planner makes secrets of this name itself (choose another name)',
      "10:3: secrets.hash-key: the planner makes secrets of this name itself (choose another name)",
      "11:14: secrets.a.file: missing.txt does not exist",
      "warning: 11:3: secrets.a: no host uses this secret",
    ],
  ],
  [
    "a secret with two sources",
    "secrets:\n  b: { content: x, file: y }\n",
    ["9:3: secrets.b: exactly one of content and file"],
  ],
  [
    "a CA that is none",
    "apiLoadBalancers:\n  main:\n    hosts: all\n    servers: {}\n    ca: |\n      -----BEGIN CERTIFICATE-----\n      AAAA\n      -----END CERTIFICATE-----\n",
    ["12:9: apiLoadBalancers.main.ca: it is no PEM certificate"],
  ],
  [
    "lives of certificates",
    "pki: { validity: 30m, caValidity: 10m }\n",
    [
      "8:18: pki.validity: less than an hour leaves no time to renew",
      "8:35: pki.caValidity: less than an hour leaves no time to renew",
      "8:18: pki.validity: certificates cannot outlive their CA (make caValidity longer)",
    ],
  ],
];

for (const [what, config, expected] of cases)
  test(`${what}: told with line and column`, async () => {
    const lines = await told(head + config);

    assert.deepEqual(places(lines), expected.toSorted());
  });

test("input files that are no text, too large or no good as certificates are told of", async () => {
  const own =
    "etcd: { hosts: h1 }\npki:\n  etcd: { ca: ca, serverCertificate: s, serverKey: k, peerCertificate: s, peerKey: none }\n";
  const machine = fakeMachine(`${head}${own}secrets:\n  a: { file: binary }\n  b: { file: large }\n`);
  machine.files.set("binary", { bytes: Uint8Array.of(0xff, 0xfe), mode: 0o600 });
  machine.put("large", "x".repeat(1_048_577));
  for (const name of ["ca", "s", "k"]) machine.put(name, "x");

  const { stderr } = await machine.run("validate");

  assert.deepEqual(
    stderr
      .trimEnd()
      .split("\n")
      .map((line) => line.replace("cluster.yaml:", "")),
    [
      "10:15: pki.etcd.ca: ca holds no certificate (Give it as PEM: -----BEGIN CERTIFICATE-----)",
      "10:38: pki.etcd.serverCertificate: s holds no certificate (Give it as PEM: -----BEGIN CERTIFICATE-----)",
      "10:52: pki.etcd.serverKey: k holds no private key in PEM",
      "10:72: pki.etcd.peerCertificate: s holds no certificate (Give it as PEM: -----BEGIN CERTIFICATE-----)",
      "10:84: pki.etcd.peerKey: none does not exist",
      "12:14: secrets.a.file: binary is not UTF-8 text, by line 1, column 1",
      "13:14: secrets.b.file: large is larger than 1 MiB",
      "warning: 12:3: secrets.a: no host uses this secret",
      "warning: 13:3: secrets.b: no host uses this secret",
    ],
  );
});

test("a registry's password that ends with a line break is a warning", async () => {
  const registry = "images: { registries: [{ server: s, username: u, password: p }] }\n";

  const lines = await told(`${head}${registry}secrets:\n  p: { content: "x\\n" }\n`);

  assert.deepEqual(lines, [
    "warning: cluster.yaml:10:3: secrets.p: the password ends with a line break, on h1, h2, h3",
  ]);
});
