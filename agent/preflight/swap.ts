// Swap of the host, as /proc/swaps has it.
import type { PreflightFinding } from "#shared/state/preflight-finding.ts";

/** `swaps`: the text of /proc/swaps, a heading and a line for each device or file in use. */
export function checkSwap(swaps: string): readonly PreflightFinding[] {
  const used = swaps
    .split("\n")
    .slice(1)
    .map((line) => line.split(/\s+/)[0] ?? "")
    .filter((name) => name !== "");
  if (used.length === 0) return [];
  return [
    {
      check: "swap",
      found: used.join(", "),
      needed: "none, or failSwapOn: false in the kubelet's configuration",
      command: "swapoff -a, and take it out of /etc/fstab",
    },
  ];
}
