// Pod networking: the plug-ins' one-shot, and the container that keeps routes and rules.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DesiredContainer } from "#shared/state/desired.ts";
import { changedFields } from "#shared/expand/testing/changed-fields.ts";
import { expandedContainer, filesOf, textOf } from "#shared/expand/testing/expanded-container.ts";
import { podNetwork } from "#shared/expand/testing/kubernetes-builder.ts";

type Change = Parameters<typeof podNetwork>[0];

function container(name: "cni-plugins" | "pod-network", change: Change = {}): DesiredContainer {
  return expandedContainer(name, { sections: { podNetwork: podNetwork(change) } });
}

test("the plug-ins' container runs once, until each plug-in that the network needs is on the host", () => {
  const { once, restart, spec } = container("cni-plugins", { binDirectory: "/cni", pluginsAt: "/opt/cni/bin" });

  assert.deepEqual(once, { produces: ["/cni/bridge", "/cni/host-local", "/cni/loopback", "/cni/portmap"] });
  assert.equal(restart, "no");
  assert.deepEqual(spec.entrypoint, ["/bin/sh"]);
  assert.deepEqual(spec.args, ["/etc/flexkube/files/install.sh", "/opt/cni/bin", "/host/cni-plugins"]);
});

test("it has no network and no rights, only the directory it fills, which is the host's", () => {
  const { spec, sealed, dataDirectories } = container("cni-plugins");

  assert.deepEqual(
    [spec.networkMode, spec.usernsMode, spec.readOnlyRoot, spec.privileged, spec.capAdd, spec.capDrop],
    ["none", "host", true, false, [], ["ALL"]],
  );
  assert.deepEqual(spec.securityOptions, ["label=disable", "no-new-privileges"]);
  assert.deepEqual(spec.mounts, [
    { source: sealed?.path, target: "/etc/flexkube/files", readOnly: true, propagation: "rprivate" },
    { source: "/opt/cni/bin", target: "/host/cni-plugins", readOnly: false, propagation: "rprivate" },
  ]);
  assert.deepEqual(dataDirectories, [{ path: "/opt/cni/bin", mode: 0o755, uid: 0, gid: 0, shared: true }]);
});

test("the keeper of routes and rules may change the host's network and nothing else", () => {
  const { spec, sealed } = container("pod-network", { interval: "1500ms" });

  assert.deepEqual(
    [spec.networkMode, spec.readOnlyRoot, spec.privileged, spec.capAdd, spec.capDrop],
    ["host", true, false, ["NET_ADMIN", "NET_RAW"], ["ALL"]],
  );
  assert.deepEqual(spec.args, [
    "/etc/flexkube/files/pod-network.sh",
    "10.244.0.0/16",
    "/etc/flexkube/live/routes",
    "1.5",
  ]);
  assert.deepEqual(
    spec.mounts.map(({ source }) => source),
    [sealed?.path, "/etc/kubernetes/pod-network/live", "/run"],
  );
});

test("the network's configuration lies where the host's container runtime looks", () => {
  const { live } = container("pod-network", { mtu: 1400, bridge: "pods", podCidr: "10.244.1.9/24" });

  const file = live.find(({ path }) => path === "/etc/cni/net.d/10-flexkube.conflist");
  assert.ok(file !== undefined && typeof file.content === "string");
  assert.deepEqual(JSON.parse(file.content), {
    cniVersion: "1.0.0",
    name: "flexkube",
    plugins: [
      {
        type: "bridge",
        bridge: "pods",
        isGateway: true,
        ipMasq: false,
        hairpinMode: true,
        mtu: 1400,
        ipam: { type: "host-local", ranges: [[{ subnet: "10.244.1.0/24" }]], routes: [{ dst: "0.0.0.0/0" }] },
      },
      { type: "portmap", capabilities: { portMappings: true } },
    ],
  });
  assert.deepEqual([file.effect, file.takeOver, file.ownDirectory], ["none", false, false]);
});

test("routes are lines in the kernel's spelling, sorted by host", () => {
  assert.equal(textOf(container("pod-network"), "routes"), "10.244.2.0/24 10.77.0.12\n10.244.3.0/24 10.77.0.13\n");
  const routes = { h2: { address: "FD00::12", podCidr: "fd00:244:0:0:2:0:0:9/80" } };
  const six = container("pod-network", { podCidr: "fd00:244:0:0:1::/80", clusterCidr: "FD00:244::/64", routes });
  assert.equal(textOf(six, "routes"), "fd00:244:0:0:2::/80 fd00::12\n");
  assert.ok(six.spec.args?.includes("fd00:244::/64"));
  assert.ok(textOf(six, "10-flexkube.conflist").includes('"::/0"'));
});

const others = {
  h2: { address: "10.77.0.12", podCidr: "10.244.2.0/24" },
  h3: { address: "10.77.0.13", podCidr: "10.244.3.0/24" },
};
const own = "h1 10.77.0.11 10.244.1.0/24\n";

test("a table of all nodes makes the same file as routes of the others, in whatever order and without its last line's end", () => {
  const table = `h3 10.77.0.13 10.244.3.0/24\n${own}h2 10.77.0.12 10.244.2.0/24`;
  const byRoutes = container("pod-network", { podCidr: "10.244.1.0/24", routes: others });
  const byTable = container("pod-network", { podCidr: "10.244.1.0/24", routes: {}, nodes: table });

  assert.equal(textOf(byTable, "routes"), "10.244.2.0/24 10.77.0.12\n10.244.3.0/24 10.77.0.13\n");
  assert.deepEqual(changedFields(byRoutes, byTable), []);
});

test("this host is known in the table by the network of its pods, however it is written", () => {
  const six = `h1 fd00::11 FD00:244:0:0:1::/80\nh2 FD00::12 fd00:244:0:0:2:0:0:9/80\n`;
  const found = container("pod-network", { podCidr: "fd00:244:0:0:1::/80", routes: {}, nodes: six });

  assert.equal(textOf(found, "routes"), "fd00:244:0:0:2::/80 fd00::12\n");
});

test("beside a table routes win", () => {
  const routes = { h2: { address: "10.77.0.99", podCidr: "10.244.9.0/24" } };
  const table = `${own}h2 10.77.0.12 10.244.2.0/24\nh3 10.77.0.13 10.244.3.0/24\n`;
  const found = container("pod-network", { podCidr: "10.244.1.0/24", routes, nodes: table });

  assert.equal(textOf(found, "routes"), "10.244.9.0/24 10.77.0.99\n10.244.3.0/24 10.77.0.13\n");
});

test("a node that joins changes a live file and no container", () => {
  const routes = { h2: { address: "10.77.0.12", podCidr: "10.244.2.0/24" } };

  assert.deepEqual(changedFields(container("pod-network"), container("pod-network", { routes })), ["digest", "live"]);
  assert.deepEqual(changedFields(container("cni-plugins"), container("cni-plugins", { routes })), []);
  assert.deepEqual(filesOf(container("pod-network")), {
    "pod-network.sh": "sealed 644 0:0",
    routes: "live 644 0:0",
    "10-flexkube.conflist": "live 644 0:0",
  });
});
