// The hidden `firewall` command, run inside a container on the host's network: which of the given ports of the host its packet filter
// closes to others. Changes nothing.
import { networkInterfaces } from "node:os";
import { familyOf } from "#shared/cidr.ts";
import { exitCodes } from "#shared/errors.ts";
import { judge } from "#shared/firewall/judge.ts";
import type { Packet } from "#shared/firewall/packet.ts";
import { printableLine } from "#shared/printable.ts";
import { packetOf } from "./port-argument.ts";
import { readTables } from "./read-tables.ts";
import type { RunHostProgram } from "./host-program.ts";

export type FirewallCommandOptions = {
  readonly run: RunHostProgram;
  /** Takes one line for each chain that certainly drops a port. */
  readonly print: (line: string) => void;
};

/** Exit code 0, also where nothing can be told; 64 for an argument that is no port, before anything is looked at. */
export async function runFirewall(args: readonly string[], { run, print }: FirewallCommandOptions): Promise<number> {
  const packets = new Map<string, Packet>();
  for (const argument of args) {
    const packet = packetOf(argument);
    if (packet === undefined) {
      print(printableLine(`${argument}: no port`));
      return exitCodes.usage;
    }
    packets.set(argument, packet);
  }
  const families = [...new Set([...packets.values()].map(({ address }) => familyOf(address)))];
  const tablesFor = await readTables(run, families);
  const owners = interfacesByAddress();
  for (const [port, packet] of packets) {
    const { drops } = judge(tablesFor({ ...packet, interface: owners.get(packet.address) }));
    for (const drop of drops) print(JSON.stringify({ port, ...drop }));
  }
  return exitCodes.ok;
}

/** What is sent to an address is taken to come in where the address is. */
function interfacesByAddress(): ReadonlyMap<string, string> {
  const all = Object.entries(networkInterfaces());
  return new Map(all.flatMap(([name, addresses = []]) => addresses.map(({ address }) => [address, name] as const)));
}
