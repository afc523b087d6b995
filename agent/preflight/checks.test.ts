// What each check of the preflight says to the kernel's own texts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkCgroupVersion, checkControllers, enabledControllers } from "./cgroups.ts";
import type { CgroupDriverAnswer } from "#agent/facts/ask-cgroup-driver.ts";
import type { KubeletPreflight } from "#shared/state/desired.ts";
import { checkCgroupDriver } from "./cgroup-driver.ts";
import { checkPorts } from "./ports.ts";
import { checkSharedMount } from "./shared-mount.ts";
import { checkSwap } from "./swap.ts";
import { checkSysctl } from "./sysctls.ts";

test("swap is found by its devices and files", () => {
  const heading = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";

  assert.deepEqual(checkSwap(heading), []);
  const [finding] = checkSwap(`${heading}/dev/sda2  partition 999420 0 -2\n/swapfile file 10 0 -3\n`);
  assert.equal(finding?.found, "/dev/sda2, /swapfile");
  assert.match(finding.command, /^swapoff -a/);
});

test("control groups of version 1 are refused unless they are allowed", () => {
  assert.deepEqual([checkCgroupVersion("2", false), checkCgroupVersion("1", true)], [[], []]);
  assert.equal(checkCgroupVersion("1", false)[0]?.found, "1");
});

test("a controller that is not enabled is named; where it cannot be told, nothing is said", () => {
  const text = `#subsys_name\thierarchy\tnum_cgroups\tenabled
cpuset\t3\t71\t1
cpu\t1\t71\t1
memory\t0\t852\t0
pids\t8\t71\t1
`;

  const [finding] = checkControllers(enabledControllers(text), { cgroups: text, commandLine: "" });

  assert.equal(finding?.found, "no memory");
  assert.match(finding.command, /^boot with cgroup_enable=memory and/);
  const all = { cgroups: text, commandLine: "" };
  assert.deepEqual(checkControllers("cpuset cpu io memory pids".split(" "), all), []);
  assert.deepEqual(checkControllers(undefined, all), []);
});

test("what mends a missing controller depends on why it is missing", () => {
  const row = (name: string, enabled: number) => `${name}\t0\t1\t${enabled}\n`;
  const heading = "#subsys_name\thierarchy\tnum_cgroups\tenabled\n";
  const mend = (cgroups: string, commandLine = "quiet") =>
    checkControllers(["cpu", "memory", "pids"], { cgroups: heading + cgroups, commandLine })[0]?.command;

  assert.equal(mend(row("cpu", 1)), "boot a kernel that was built with CONFIG_CPUSETS");
  assert.match(mend(row("cpuset", 0)) ?? "", /^boot with cgroup_enable=cpuset and without cgroup_disable/);
  assert.match(mend(row("cpu", 1), "ro cgroup_disable=hugetlb,cpuset") ?? "", /^boot with cgroup_enable=cpuset/);
  assert.match(mend(row("cpuset", 1)) ?? "", /cgroup_no_v1=all/);
});

test("kubelet and runtime have one who manages control groups, or a runtime that kubelets follow", () => {
  const containerd = { cri: "containerd", socket: "/run/x.sock", cgroupDriver: "systemd" } as const;
  const told = (rule: KubeletPreflight["runtime"], runtime: CgroupDriverAnswer, docker = "systemd") =>
    checkCgroupDriver(rule, { runtime, docker }).map(({ found, needed }) => `${found}; ${needed}`);

  assert.deepEqual(told(containerd, "cgroupfs"), ["cgroupfs of containerd; systemd, as the kubelet is told"]);
  assert.deepEqual(told({ ...containerd, cgroupDriver: "cgroupfs" }, "systemd"), [
    "systemd of containerd; cgroupfs, as the kubelet is told",
  ]);
  assert.deepEqual(told({ ...containerd, cri: "cri-dockerd" }, "unknown", "cgroupfs"), [
    "cgroupfs of Docker; systemd, as the kubelet is told",
  ]);
  for (const runtime of ["systemd", "followed", "unknown"] as const)
    assert.deepEqual(told(containerd, runtime, "cgroupfs"), []);
  assert.deepEqual(told({ ...containerd, cri: "cri-dockerd" }, "followed", "cgroupfs"), []);
});

test("what mends two drivers is said for the runtime, and for the kubelet", () => {
  const rule = { cri: "containerd", socket: "/run/x.sock", cgroupDriver: "systemd" } as const;
  const [finding] = checkCgroupDriver(rule, { runtime: "cgroupfs", docker: "systemd" });

  assert.match(finding?.command ?? "", /SystemdCgroup = true in \/etc\/containerd\/config\.toml/);
  assert.match(finding?.command ?? "", /or set cgroupDriver: cgroupfs for the kubelet, though Docker has systemd$/);
  const [docker] = checkCgroupDriver({ ...rule, cri: "cri-dockerd" }, { runtime: "unknown", docker: "cgroupfs" });
  assert.match(docker?.command ?? "", /native\.cgroupdriver=systemd.*cgroupDriver: cgroupfs for the kubelet$/);
});

test("a kernel parameter is compared, whatever blanks are between its words, and the agent can set it", () => {
  assert.deepEqual(checkSysctl("net.ipv4.ip_forward", "1", "1\n"), []);
  assert.deepEqual(checkSysctl("net.ipv4.ip_local_port_range", "1 9", "1\t9\n"), []);
  assert.deepEqual(checkSysctl("net.ipv4.ip_forward", "1", "0\n"), [
    {
      check: "sysctl",
      found: "net.ipv4.ip_forward = 0",
      needed: "1",
      command: "sysctl -w net.ipv4.ip_forward=1",
      mend: "sysctl:net.ipv4.ip_forward=1",
    },
  ]);
});

test("a parameter of the bridge that is not there asks for its module, and is left to a person", () => {
  const [finding] = checkSysctl("net.bridge.bridge-nf-call-iptables", "1", undefined);

  assert.equal(finding?.check, "kernel module");
  assert.equal(finding.command, "modprobe br_netfilter && sysctl -w net.bridge.bridge-nf-call-iptables=1");
  assert.equal(finding.mend, undefined);
});

const mounts = (...lines: readonly string[]): string => `${lines.join("\n")}\n`;
const root = "22 1 0:21 / / rw,relatime shared:1 - ext4 /dev/sda1 rw";
const privateRoot = "22 1 0:21 / / rw,relatime - ext4 /dev/sda1 rw";

test("a directory lies on the mount with the longest path above it", () => {
  const lib = "30 22 8:2 / /var/lib rw,relatime - ext4 /dev/sda2 rw";
  const other = "31 22 8:3 / /var/lib/kube rw,relatime shared:7 - ext4 /dev/sda3 rw";

  assert.deepEqual(checkSharedMount("/var/lib/kubelet", mounts(root)), []);
  assert.deepEqual(checkSharedMount("/var/lib/kube/data", mounts(privateRoot, lib, other)), []);
  assert.equal(
    checkSharedMount("/var/lib/kubelet", mounts(root, lib, other))[0]?.found,
    "/var/lib/kubelet on /var/lib, which is not shared",
  );
});

test("of two mounts at one place the later one counts, and other optional fields are no sharing", () => {
  const slave = "40 22 8:2 / /data rw,relatime master:3 - ext4 /dev/sda2 rw";
  const shared = "41 40 8:3 / /data rw,relatime shared:9 master:3 - ext4 /dev/sda3 rw";

  assert.equal(checkSharedMount("/data", mounts(root, shared, slave)).length, 1);
  assert.deepEqual(checkSharedMount("/data", mounts(root, slave, shared)), []);
});

test("a mount of its own needs only to be made shared; another directory becomes one first", () => {
  const own = "40 22 8:2 / /data/my\\040kubelet rw - ext4 /dev/sda2 rw";

  assert.match(checkSharedMount("/data/my kubelet", mounts(root, own))[0]?.command ?? "", /^mount --make-rshared/);
  assert.match(
    checkSharedMount("/var/lib/kubelet", mounts(privateRoot))[0]?.command ?? "",
    /^mkdir -p \/var\/lib\/kubelet && mount --bind \/var\/lib\/kubelet \/var\/lib\/kubelet && mount --make-rshared/,
  );
});

const heading = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
const tcp = (local: string, state: string, remote = "00000000:0000"): string =>
  `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000     0        0 12345 1\n`;

test("a port that somebody listens on is taken, at its address or at any", () => {
  const text = heading + tcp("0100007F:280A", "0A") + tcp("0B004D0A:1F90", "0A") + tcp("00000000:0016", "0A");
  const found = (port: string): string | undefined => checkPorts([port], [{ protocol: "tcp", text }])[0]?.found;

  assert.equal(found("tcp/0.0.0.0:10250"), "something at tcp/127.0.0.1:10250");
  assert.equal(found("tcp/127.0.0.1:10250"), "something at tcp/127.0.0.1:10250");
  assert.equal(found("tcp/10.0.0.1:10250"), undefined);
  assert.equal(found("tcp/10.77.0.11:22"), "something at tcp/0.0.0.0:22");
  assert.equal(found("udp/0.0.0.0:22"), undefined);
});

test("connections are not in the way, nor are UDP sockets that have a peer", () => {
  const text = heading + tcp("0100007F:280A", "01", "0100007F:8888");
  const udp = heading + tcp("00000000:2118", "07") + tcp("0100007F:2119", "01", "0100007F:0035");
  const taken = (port: string): number =>
    checkPorts(
      [port],
      [
        { protocol: "tcp", text },
        { protocol: "udp", text: udp },
      ],
    ).length;

  assert.deepEqual([taken("tcp/0.0.0.0:10250"), taken("udp/0.0.0.0:8472"), taken("udp/0.0.0.0:8473")], [0, 1, 0]);
});

test("IPv6 sockets are read, those for IPv4 addresses among them", () => {
  const any = tcp("00000000000000000000000000000000:280A", "0A");
  const loopback = tcp("00000000000000000000000001000000:2809", "0A");
  const mapped = tcp("0000000000000000FFFF00000100007F:2808", "0A");
  const tables = [{ protocol: "tcp" as const, text: heading + any + loopback + mapped }];
  const found = (port: string): string | undefined => checkPorts([port], tables)[0]?.found;

  assert.equal(found("tcp/10.0.0.1:10250"), "something at tcp/[::]:10250");
  assert.equal(found("tcp/[::1]:10249"), "something at tcp/[::1]:10249");
  assert.equal(found("tcp/127.0.0.1:10248"), "something at tcp/127.0.0.1:10248");
  assert.equal(checkPorts(["tcp/10.0.0.1:10250"], tables)[0]?.command, "stop what 'ss -ltnp sport = :10250' shows");
});
