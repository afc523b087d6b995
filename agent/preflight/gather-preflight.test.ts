// The preflight on made-up hosts.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { createMountedTree } from "#agent/files/mounted-tree.ts";
import { createPatience } from "#agent/files/patience.ts";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { put, temporaryRoot } from "#agent/testing/temporary-root.ts";
import type { CgroupDriverAnswer } from "#agent/facts/ask-cgroup-driver.ts";
import type { KubeletPreflight } from "#shared/state/desired.ts";
import { preflightRule } from "#shared/reconcile/testing/preflight-builder.ts";
import { gatherPreflight } from "./gather-preflight.ts";
import { createProcReader } from "./proc-reader.ts";

const rule = preflightRule({
  ports: ["tcp/0.0.0.0:10250"],
  sysctls: { "net.bridge.bridge-nf-call-iptables": "1", "net.ipv4.ip_forward": "1" },
  files: ["/etc/machine-id", "/etc/os-release"],
});

/** A host that is as it must be. */
const good: Readonly<Record<string, string>> = {
  "/proc/swaps": "Filename Type Size Used Priority\n",
  "/proc/filesystems": "nodev\tproc\nnodev\toverlay\n\text4\n",
  "/proc/sys/kernel/osrelease": "6.1.0\n",
  "/proc/sys/net/ipv4/ip_forward": "1\n",
  "/proc/sys/net/bridge/bridge-nf-call-iptables": "1\n",
  "/proc/1/mountinfo": "22 1 0:21 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n",
  "/proc/1/net/tcp": "  sl  local_address rem_address   st\n   0: 00000000:280A 00000000:0000 0B\n",
  "/proc/1/net/tcp6": "",
  "/sys/fs/cgroup/cgroup.controllers": "cpuset cpu io memory pids\n",
  "/etc/machine-id": "0123456789abcdef0123456789abcdef\n",
  "/etc/os-release": "ID=debian\n",
};

type Change = Readonly<Record<string, string | undefined>>;

async function findings(
  context: TestContext,
  change: Change = {},
  about: { rule?: KubeletPreflight; version?: string; running?: boolean; driver?: CgroupDriverAnswer } = {},
) {
  const root = temporaryRoot(context);
  const clock = new FakeClock();
  for (const [path, content] of Object.entries({ ...good, ...change }))
    if (content !== undefined) put(root, path, content);
  const cgroups = { cgroupVersion: about.version ?? "2", cgroupDriver: "systemd" };
  const info = { engine: "docker", version: "28", apiVersion: "1.51", ...cgroups } as const;
  const sources = {
    engine: { info: async () => Promise.resolve({ ...info, securityOptions: [] }) },
    tree: createMountedTree({ root, clock, patience: createPatience({ clock }) }),
    readProc: createProcReader(root),
    askCgroupDriver: async () => Promise.resolve(about.driver ?? "systemd"),
  };
  const options = { running: about.running ?? false, signal: new AbortController().signal };
  return (await gatherPreflight(about.rule ?? rule, sources, options)).map(({ check, found }) => `${check}: ${found}`);
}

test("a host that is as it must be has no findings", async (context) => {
  assert.deepEqual(await findings(context), []);
});

test("all that is wrong is told at once, in a fixed order", async (context) => {
  const change = {
    "/proc/swaps": "Filename Type Size Used Priority\n/dev/sda2 partition 1 0 -2\n",
    "/proc/filesystems": "nodev\tproc\n",
    "/proc/sys/net/ipv4/ip_forward": "0\n",
    "/proc/sys/net/bridge/bridge-nf-call-iptables": undefined,
    "/proc/1/mountinfo": "22 1 0:21 / / rw,relatime - ext4 /dev/sda1 rw\n",
    "/proc/1/net/tcp": "  sl  local_address rem_address   st\n   0: 00000000:280A 00000000:0000 0A\n",
    "/proc/cgroups": "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t1\t1\t1\ncpuset\t1\t1\t1\npids\t1\t1\t1\n",
    "/etc/machine-id": undefined,
    "/etc/os-release": "",
  };

  assert.deepEqual(await findings(context, change, { version: "1", driver: "cgroupfs" }), [
    "swap: /dev/sda2",
    "cgroup version: 1",
    "cgroup controllers: no memory",
    "cgroup driver: cgroupfs of containerd",
    "file system: no overlay",
    "kernel module: br_netfilter not loaded",
    "sysctl: net.ipv4.ip_forward = 0",
    "shared mount: /var/lib/kubelet on /, which is not shared",
    "file: /etc/machine-id missing",
    "file: /etc/os-release without content",
    "port: something at tcp/0.0.0.0:10250",
  ]);
});

test("what the rule allows is not looked at", async (context) => {
  const swaps = { "/proc/swaps": "Filename\n/dev/sda2 partition 1 0 -2\n", "/proc/cgroups": "" };
  const allowed = { ...rule, swapAllowed: true, cgroupV1Allowed: true };

  assert.deepEqual(await findings(context, swaps, { rule: allowed, version: "1" }), [
    "cgroup controllers: no cpu, cpuset, memory, pids",
  ]);
});

test("ports are not asked for while a container of ours has them", async (context) => {
  const taken = { "/proc/1/net/tcp": "  sl  local_address rem_address   st\n   0: 00000000:280A 00000000:0000 0A\n" };

  assert.deepEqual(await findings(context, taken, { running: true }), []);
});

test("overlay among the kernel's modules is as good as loaded", async (context) => {
  const modules = "kernel/fs/overlayfs/overlay.ko.xz:\nkernel/net/x.ko: kernel/net/y.ko\n";
  const change = { "/proc/filesystems": "nodev\tproc\n", "/lib/modules/6.1.0/modules.dep": modules };

  assert.deepEqual(await findings(context, change), []);
});

test("a machine that has no id yet needs one, whatever stands in the file", async (context) => {
  assert.deepEqual(await findings(context, { "/etc/machine-id": "uninitialized\n" }), [
    "file: /etc/machine-id without content",
  ]);
});

test("without the mount of the host's / its mounts are left to the engine, and the network is the agent's", async () => {
  const readProc = createProcReader(undefined);

  assert.equal(await readProc("1/mountinfo"), undefined);
  assert.match((await readProc("1/net/tcp")) ?? "", /local_address/);
  assert.match((await readProc("sys/kernel/osrelease")) ?? "", /^[0-9]/);
});

test("name servers that no pod reaches are told, in the file that pods take them from", async (context) => {
  const about = { rule: { ...rule, resolvConf: "/etc/resolv.conf" } };
  const told = async (text: string | undefined): Promise<readonly string[]> =>
    findings(context, { "/etc/resolv.conf": text }, about);

  assert.deepEqual(await told("nameserver 127.0.0.1\nnameserver ::1\n"), [
    "name servers: /etc/resolv.conf with only 127.0.0.1, ::1, which pods do not reach",
  ]);
  assert.deepEqual(await told("nameserver 10.0.0.1\n"), []);
  assert.deepEqual(await told(undefined), []);
  assert.deepEqual(await findings(context, { "/etc/resolv.conf": "nameserver 127.0.0.1\n" }), []);
});
