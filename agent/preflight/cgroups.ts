// Version of the host's control groups, and the controllers that a kubelet needs.
import type { PreflightFinding } from "#shared/state/preflight-finding.ts";

/**
 * A kubelet on version 2 starts with whatever there is (getSupportedUnifiedControllers of pkg/kubelet/cm), and then makes pods without
 * their limits or none at all. hugetlb it does without: only pods that ask for huge pages need it, and no node offers them then.
 */
const needed = ["cpu", "cpuset", "memory", "pids"] as const;

const kernelOptions = {
  cpu: "CONFIG_CGROUP_SCHED",
  cpuset: "CONFIG_CPUSETS",
  memory: "CONFIG_MEMCG",
  pids: "CONFIG_CGROUP_PIDS",
} as const;

/** `version` as the engine says it. */
export function checkCgroupVersion(version: string, v1Allowed: boolean): readonly PreflightFinding[] {
  if (version !== "1" || v1Allowed) return [];
  return [
    {
      check: "cgroup version",
      found: "1",
      needed: "2, or failCgroupV1: false in the kubelet's configuration",
      command: "boot with systemd.unified_cgroup_hierarchy=1 on the kernel's command line",
    },
  ];
}

/** `text`: of /proc/cgroups and /proc/cmdline. `usable`: names of controllers, undefined when that cannot be told. */
export function checkControllers(
  usable: readonly string[] | undefined,
  text: { readonly cgroups: string; readonly commandLine: string },
): readonly PreflightFinding[] {
  const missing = usable === undefined ? [] : needed.filter((name) => !usable.includes(name));
  if (missing.length === 0) return [];
  const off = missing.filter((name) => isOff(name, text));
  const held = missing.filter((name) => !off.includes(name) && enabledControllers(text.cgroups).includes(name));
  const unbuilt = missing.filter((name) => !off.includes(name) && !held.includes(name));
  const commands = [
    ...(off.length === 0 ? [] : [`boot with ${enabling(off)} and without cgroup_disable on the kernel's command line`]),
    ...(held.length === 0
      ? []
      : [`take ${held.join(", ")} from version 1: boot with cgroup_no_v1=all on the kernel's command line`]),
    ...(unbuilt.length === 0
      ? []
      : [`boot a kernel that was built with ${unbuilt.map((name) => kernelOptions[name]).join(", ")}`]),
  ];
  return [
    {
      check: "cgroup controllers",
      found: `no ${missing.join(", ")}`,
      needed: needed.join(", "),
      command: commands.join("; "),
    },
  ];
}

/** A newer kernel lists only what version 1 has, so its command line is asked too. */
function isOff(
  name: string,
  { cgroups, commandLine }: { readonly cgroups: string; readonly commandLine: string },
): boolean {
  const disabled = commandLine.split(/\s+/).flatMap((word) => {
    const [key, names = ""] = word.split("=", 2);
    return key === "cgroup_disable" ? names.split(",") : [];
  });
  return disabled.includes(name) || listed(cgroups).some((row) => row.name === name && !row.enabled);
}

function enabling(names: readonly string[]): string {
  return names.map((name) => `cgroup_enable=${name}`).join(" ");
}

/** Controllers that are enabled, from the text of /proc/cgroups: name, hierarchy, number of groups, enabled. */
export function enabledControllers(cgroups: string): readonly string[] {
  return listed(cgroups).flatMap(({ name, enabled }) => (enabled ? [name] : []));
}

/** Only what the kernel was built with. */
function listed(cgroups: string): readonly { readonly name: string; readonly enabled: boolean }[] {
  return cgroups
    .split("\n")
    .filter((line) => !line.startsWith("#") && line !== "")
    .map((line) => line.split(/\s+/))
    .map(([name = "", , , enabled]) => ({ name, enabled: enabled === "1" }));
}
