// The rights of every component of ours on hosts of every role, walked: what is not in the table is nobody's.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { expand } from "#shared/expand/expand.ts";
import type { DesiredContainer } from "#shared/state/desired.ts";
import { reveal } from "#shared/secret.ts";
import { host, split } from "#planner/testing/kubernetes-split.ts";

const facts = { cri: "containerd", cgroupVersion: 2, cgroupDriver: "systemd", resolver: "plain" } as const;
const example = await readFile(new URL("../../examples/kubernetes/cluster.yaml", import.meta.url), "utf8");
const configs = [example, `${example}hardening: cis\n`];

async function componentsOf(config: string): Promise<readonly DesiredContainer[]> {
  const machine = await split(config);
  return ["k1", "k4"].flatMap((name) => expand(host(machine, name), facts).containers);
}

/** Beyond a read-only root, no capabilities, no new privileges and its own directory below /etc/kubernetes, read-only. */
const table: Readonly<Record<string, readonly string[]>> = {
  etcd: ["/var/lib/etcd"],
  "api-load-balancer-kubernetes": [],
  "kube-apiserver": ["NET_BIND_SERVICE", "/var/log/kube-apiserver"],
  "kube-controller-manager": [],
  "kube-scheduler": [],
  "cni-plugins": ["root", "/opt/cni/bin"],
  "pod-network": ["root", "NET_ADMIN", "NET_RAW", "/run/xtables.lock"],
  "kube-proxy": ["root", "NET_ADMIN", "NET_RAW", "/run/xtables.lock"],
};
/** It starts containers of its own: it is root on its host, and says so. */
const allPowerful = new Set(["kubelet"]);

function rightsOf({ component, spec }: DesiredContainer): readonly string[] {
  const own = `/etc/kubernetes/${component}/`;
  return [
    ...(/^0(:|$)/.test(spec.user ?? "0") ? ["root"] : []),
    ...(spec.privileged ? ["privileged"] : []),
    ...(spec.readOnlyRoot ? [] : ["a root that it writes"]),
    ...(spec.pidMode === "" ? [] : [`pid ${spec.pidMode}`]),
    ...(spec.ipcMode === "" ? [] : [`ipc ${spec.ipcMode}`]),
    ...spec.capAdd,
    ...(spec.capDrop.includes("ALL") ? [] : ["the engine's capabilities"]),
    ...(spec.securityOptions.includes("no-new-privileges") ? [] : ["new privileges"]),
    ...spec.devices.map((device) => device.host),
    ...spec.mounts.flatMap(({ source, readOnly, propagation }) => [
      ...(readOnly || source.startsWith(own) ? [] : [source]),
      // what is below a directory may be more than it: a socket is written through a mount that is read-only too
      ...(["/", "/run", "/var/run", "/proc", "/sys"].includes(source) || source.endsWith(".sock") ? [source] : []),
      ...((propagation ?? "rprivate") === "rprivate" ? [] : [`${propagation} ${source}`]),
    ]),
  ];
}

for (const [index, config] of configs.entries())
  test(`every component has the rights of the table and no other, ${index === 0 ? "by default" : "hardened"}`, async () => {
    const components = await componentsOf(config);

    const seen = new Set(components.map(({ component }) => component));
    for (const container of components) {
      if (allPowerful.has(container.component)) continue;
      const { component } = container;
      assert.deepEqual([...new Set(rightsOf(container))].toSorted(), (table[component] ?? []).toSorted(), component);
    }
    assert.deepEqual([...seen].toSorted(), [...Object.keys(table), ...allPowerful].toSorted());
  });

test("what holds a secret is its component's user's alone, with its directories, and no two components have one user", async () => {
  const components = await componentsOf(example);

  let secrets = 0;
  const users = new Map<string, string>();
  for (const { component, spec, sealed, live, liveDirectory, dataDirectories } of components) {
    const [uid] = (spec.user ?? "0").split(":").map(Number);
    const files = [...(sealed?.files ?? []), ...live];
    const hidden = files.filter(({ content }) => /PRIVATE KEY|secretbox/.test(reveal(content)));
    const holding = [
      ...(sealed === undefined ? [] : [sealed]),
      ...(liveDirectory === undefined ? [] : [liveDirectory]),
    ];
    const around = holding.filter(({ path }) => hidden.some((file) => file.path.startsWith(`${path}/`)));
    const data = dataDirectories.filter(({ shared }) => shared !== true);
    for (const { path, mode, uid: owner } of [...hidden, ...around, ...data]) {
      // the group of root is root's
      assert.equal(mode & (uid === 0 ? 0o027 : 0o077), 0, `${component}: ${path} ${mode.toString(8)}`);
      assert.equal(owner, uid, `${component}: ${path}`);
    }
    secrets += hidden.length;
    if (uid === 0) continue;
    assert.ok(uid !== undefined && uid > 65_535, component);
    const other = users.get(String(uid)) ?? component;
    assert.equal(other, component);
    users.set(String(uid), component);
  }
  assert.ok(secrets > 10, String(secrets));
  assert.equal(users.size, 5);
});
