// Ports of the host that somebody listens on, from the kernel's tables.
import { isClaimClash } from "#shared/state/claims.ts";
import type { PreflightFinding } from "#shared/state/preflight-finding.ts";

/** Text of /proc/1/net/tcp and so on. */
export type SocketTable = { readonly protocol: "tcp" | "udp"; readonly text: string };

const listening = "0A";

/** `ports`: claims such as `tcp/0.0.0.0:10250`. */
export function checkPorts(ports: readonly string[], tables: readonly SocketTable[]): readonly PreflightFinding[] {
  const taken = tables.flatMap(claimsIn);
  return ports.flatMap((port) => {
    const others = [...new Set(taken.filter((other) => isClaimClash(port, other)))];
    if (others.length === 0) return [];
    const [protocol = "", address = ""] = port.split("/");
    const show = protocol === "udp" ? "-lunp" : "-ltnp";
    return [
      {
        check: "port",
        found: `something at ${others.join(", ")}`,
        needed: `${port} free`,
        command: `stop what 'ss ${show} sport = :${address.slice(address.lastIndexOf(":") + 1)}' shows`,
      },
    ];
  });
}

/** A TCP socket that listens, and every UDP socket without a peer, as a claim. */
function claimsIn({ protocol, text }: SocketTable): readonly string[] {
  return text
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , remote, state]) => (protocol === "tcp" ? state === listening : remote?.endsWith(":0000") === true))
    .flatMap(([, local]) => (local === undefined ? [] : [`${protocol}/${socketAddress(local)}`]));
}

/** `0100007F:1F90` → `127.0.0.1:8080`: words of four bytes, each in the order of the machine, which is little-endian. */
function socketAddress(local: string): string {
  const [hex = "", port = ""] = local.split(":");
  const bytes = hex.match(/.{8}/g)?.flatMap((word) => word.match(/../g)?.toReversed() ?? []) ?? [];
  const number = Number.parseInt(port, 16);
  const mapped = hex.startsWith("0000000000000000FFFF0000");
  if (bytes.length === 4 || mapped) {
    const last = bytes.slice(-4).map((byte) => Number.parseInt(byte, 16));
    return `${last.join(".")}:${number}`;
  }
  const words = bytes.join("").match(/.{4}/g) ?? [];
  return `${new URL(`http://[${words.join(":")}]`).hostname}:${number}`;
}
