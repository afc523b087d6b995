// kube-proxy: what is generated.
import assert from "node:assert/strict";
import { test } from "node:test";
import { expandedContainer, filesOf, textOf } from "#shared/expand/testing/expanded-container.ts";
import { kubeProxy } from "#shared/expand/testing/kubernetes-builder.ts";

test("its document gets the kubeconfig and the address of its health, which is asked without the Node object", () => {
  const config = { mode: "nftables", clientConnection: { qps: 20 }, metricsBindAddress: "0.0.0.0:11249" };

  const proxy = expandedContainer("kube-proxy", { sections: { kubeProxy: kubeProxy({ config, healthPort: 11256 }) } });

  assert.deepEqual(proxy.spec.args, ["--config=/etc/flexkube/files/config.json"]);
  assert.deepEqual(JSON.parse(textOf(proxy, "config.json")), {
    ...config,
    clientConnection: { qps: 20, kubeconfig: "/etc/flexkube/files/kubeconfig" },
    healthzBindAddress: "127.0.0.1:11256",
  });
  assert.equal(proxy.probe.http, undefined);
  assert.deepEqual(proxy.claims, ["tcp/0.0.0.0:11249", "tcp/127.0.0.1:11256"]);
});

test("without a word about metrics it claims the port that kube-proxy takes", () => {
  assert.deepEqual(expandedContainer("kube-proxy").claims, ["tcp/127.0.0.1:10249", "tcp/127.0.0.1:10256"]);
});

test("it may change the host's network and nothing else, unless the config says privileged", () => {
  const rights = (privileged: boolean) => {
    const sections = { kubeProxy: kubeProxy({ privileged }) };
    const { spec } = expandedContainer("kube-proxy", { sections });
    return [spec.user, spec.networkMode, spec.readOnlyRoot, spec.privileged, spec.capAdd, spec.capDrop];
  };

  assert.deepEqual(rights(false), ["0:0", "host", true, false, ["NET_ADMIN", "NET_RAW"], ["ALL"]]);
  assert.deepEqual(rights(true), ["0:0", "host", true, true, [], []]);
});

test("it sees the lock of the packet filter and the kernel's modules", () => {
  const { spec, sealed } = expandedContainer("kube-proxy");

  assert.deepEqual(spec.mounts, [
    { source: sealed?.path, target: "/etc/flexkube/files", readOnly: true, propagation: "rprivate" },
    {
      source: "/etc/kubernetes/kube-proxy/live",
      target: "/etc/flexkube/live",
      readOnly: true,
      propagation: "rprivate",
    },
    { source: "/lib/modules", target: "/lib/modules", readOnly: true, propagation: "rprivate" },
    { source: "/run", target: "/run", readOnly: false, propagation: "rslave" },
  ]);
});

test("it waits for its load balancer, and its client certificate is live", () => {
  const proxy = expandedContainer("kube-proxy");

  assert.deepEqual(proxy.dependsOn, ["api-load-balancer-all"]);
  assert.deepEqual(filesOf(proxy), {
    "api-ca.crt": "sealed 644 0:0",
    "config.json": "sealed 644 0:0",
    kubeconfig: "sealed 644 0:0",
    "client.crt": "live 644 0:0",
    "client.key": "live 600 0:0",
  });
});

test("it has the packet filter's lock alone when the config says so, made at each boot", () => {
  const sections = { kubeProxy: kubeProxy({ run: "lock-file" }) };

  const proxy = expandedContainer("kube-proxy", { sections });

  assert.deepEqual(
    proxy.spec.mounts.filter(({ source }) => source.startsWith("/run")),
    [{ source: "/run/xtables.lock", target: "/run/xtables.lock", readOnly: false, propagation: "rprivate" }],
  );
  assert.partialDeepStrictEqual(proxy.dataDirectories, [
    { path: "/lib/modules" },
    { path: "/run/xtables.lock", mode: 0o600, uid: 0, gid: 0, shared: true, emptyFile: true },
  ]);
  const line = proxy.live.find(({ path }) => path === "/etc/tmpfiles.d/flexkube-kube-proxy.conf");
  assert.match(String(line?.content), /^f \/run\/xtables\.lock 0600 root root -$/m);
});
