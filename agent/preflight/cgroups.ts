// Version of the host's control groups, and the controllers that a kubelet needs.
import type { PreflightFinding } from "#shared/state/preflight-finding.ts";

const needed = ["cpu", "cpuset", "memory", "pids"];

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

/** `enabled`: names of controllers that can be used; undefined when that cannot be told. */
export function checkControllers(enabled: readonly string[] | undefined): readonly PreflightFinding[] {
  const missing = enabled === undefined ? [] : needed.filter((name) => !enabled.includes(name));
  if (missing.length === 0) return [];
  return [
    {
      check: "cgroup controllers",
      found: `no ${missing.join(", ")}`,
      needed: needed.join(", "),
      command: `boot with ${missing.map((name) => `cgroup_enable=${name}`).join(" ")} on the kernel's command line`,
    },
  ];
}

/** Controllers that are enabled, from the text of /proc/cgroups: name, hierarchy, number of groups, enabled. */
export function enabledControllers(cgroups: string): readonly string[] {
  return cgroups
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .map((line) => line.split(/\s+/))
    .filter(([, , , enabled]) => enabled === "1")
    .map(([name = ""]) => name);
}
