// The whole expansion: order, determinism, and what never reaches a hash.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { HostConfig } from "#shared/schema/host-config.ts";
import { reveal } from "#shared/secret.ts";
import { expand } from "./expand.ts";
import { etcdMember, etcdSecrets } from "./testing/etcd-member-builder.ts";
import { hostConfig } from "./testing/host-config-builder.ts";
import { arbitraryFacts, arbitraryHostConfig } from "./testing/arbitrary-host-config.ts";
import { hostFacts, kubernetesSecrets, privateSecrets, wholeHost } from "./testing/kubernetes-builder.ts";
import { loadBalancer } from "./testing/load-balancer-builder.ts";
import { reordered } from "./testing/reordered.ts";

const runs = { numRuns: 40 };

test("an empty host config wants nothing", () => {
  const { cluster, host, containers } = expand(hostConfig());

  assert.deepEqual({ cluster, host, containers }, { cluster: "demo", host: "h1", containers: [] });
});

test("etcd starts first, then load balancers, then containers with what they depend on before them", () => {
  const config = hostConfig({
    etcd: etcdMember(),
    apiLoadBalancers: { workers: loadBalancer(), admins: loadBalancer() },
    containers: { a: { image: "a:1", dependsOn: ["z", "etcd-h1"] }, b: { image: "b:1" }, z: { image: "z:1" } },
    secrets: etcdSecrets(),
  });

  assert.deepEqual(
    expand(config).containers.map(({ name }) => name),
    ["etcd-h1", "api-load-balancer-admins", "api-load-balancer-workers", "b", "z", "a"],
  );
});

test("the control plane starts before the node's part, each after what it needs", () => {
  const config = hostConfig({ ...wholeHost(), secrets: kubernetesSecrets() });

  assert.deepEqual(
    expand(config, hostFacts()).containers.map(({ name }) => name),
    [
      "etcd-h1",
      "api-load-balancer-all",
      "kube-apiserver",
      "kube-controller-manager",
      "kube-scheduler",
      "cni-plugins",
      "pod-network",
      "kubelet",
      "kube-proxy",
    ],
  );
});

test("no secret is in a specification, in what Docker shows of a container, or in any path", () => {
  const secrets = kubernetesSecrets();
  const { containers } = expand(hostConfig({ ...wholeHost(), secrets }), hostFacts());

  const shown = JSON.stringify(
    containers.map(({ spec, specHash, digest, name, claims }) => [spec, specHash, digest, name, claims]),
  );
  const paths = JSON.stringify(
    containers.flatMap(({ sealed, live }) => [...(sealed?.files ?? []), ...live].map(({ path }) => path)),
  );
  const printed = JSON.stringify(containers);

  for (const name of privateSecrets) {
    const text = (secrets[name] ?? "").trim();
    assert.ok(text.length > 5, name);
    for (const place of [shown, paths, printed]) assert.ok(!place.includes(text), name);
  }
});

test("a private file is for its container's user alone", () => {
  const secrets = kubernetesSecrets();
  const kept = new Set(privateSecrets.map((name) => secrets[name]));
  const { containers } = expand(hostConfig({ ...wholeHost(), secrets }), hostFacts());

  const files = containers.flatMap(({ spec, sealed, live }) =>
    [...(sealed?.files ?? []), ...live].map((file) => ({ file, user: spec.user })),
  );
  const found = files.filter(({ file }) => kept.has(reveal(file.content)));

  assert.ok(found.length >= kept.size);
  for (const { file, user } of found)
    assert.deepEqual([file.mode, `${file.uid}:${file.gid}`], [0o600, user], file.path);
});

test("the order in which maps are written never changes the result", () => {
  fc.assert(
    fc.property(arbitraryHostConfig, arbitraryFacts, fc.nat(), (input, facts, seed) => {
      const straight = expand(HostConfig.parse(input), facts);
      const shuffled = expand(HostConfig.parse(reordered(input, seed)), facts);

      assert.equal(JSON.stringify(shuffled), JSON.stringify(straight));
    }),
    runs,
  );
});

test("a default that is written out changes nothing", () => {
  fc.assert(
    fc.property(arbitraryHostConfig, arbitraryFacts, (input, facts) => {
      const short = HostConfig.parse(input);
      const written = HostConfig.parse(JSON.parse(JSON.stringify(short)));

      assert.deepEqual(expand(written, facts), expand(short, facts));
    }),
    runs,
  );
});

test("another host config has another hash, and the digest key is part of it", () => {
  const hashes = [{}, { generation: 2 }, { secrets: { "hash-key": "a" } }, { secrets: { "hash-key": "b" } }].map(
    (overrides) => expand(hostConfig(overrides)).config,
  );

  assert.equal(new Set(hashes).size, hashes.length);
});

test("no secret is printed with the desired state", () => {
  const secrets = etcdSecrets({ password: "correct horse", "hash-key": "battery staple" });
  const config = hostConfig({
    etcd: etcdMember(),
    containers: { web: { image: "web:1", files: [{ path: "password", secret: "password" }] } },
    secrets,
  });

  const printed = JSON.stringify(expand(config));

  for (const name of ["etcd/server.key", "etcd/peer.key", "password", "hash-key"])
    assert.ok(!printed.includes((secrets[name] ?? "").trim()), name);
});
