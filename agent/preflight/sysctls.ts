// Kernel parameters of the host.
import { mendArgument } from "#agent/mend/mend-arguments.ts";
import type { PreflightFinding } from "#shared/state/preflight-finding.ts";

/** `found` is undefined where the kernel has no such parameter. */
export function checkSysctl(name: string, needed: string, found: string | undefined): readonly PreflightFinding[] {
  const setting = `sysctl -w ${name}=${quoted(needed)}`;
  if (found === undefined) return [missing(name, needed, setting)];
  const value = found.trim().replaceAll(/\s+/g, " ");
  if (value === needed) return [];
  const mend = mendArgument({ what: "sysctl", name, value: needed });
  return [{ check: "sysctl", found: `${name} = ${value}`, needed, command: setting, mend }];
}

function missing(name: string, needed: string, setting: string): PreflightFinding {
  if (!name.startsWith("net.bridge."))
    return { check: "sysctl", found: `no ${name}`, needed, command: `use a kernel that has it, then ${setting}` };
  return {
    check: "kernel module",
    found: "br_netfilter not loaded",
    needed: `it, for ${name} = ${needed}`,
    command: `modprobe br_netfilter && ${setting}`,
  };
}

function quoted(value: string): string {
  return value.includes(" ") ? `'${value}'` : value;
}
