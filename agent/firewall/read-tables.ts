// The host's packet filter as its own programs print it. What one of them does not tell is not there: it can only make less certain.
import { familyOf } from "#shared/cidr.ts";
import type { Table } from "#shared/firewall/chains.ts";
import { iptablesTables } from "#shared/firewall/iptables.ts";
import { nftTables, parseNft } from "#shared/firewall/nft.ts";
import type { Packet } from "#shared/firewall/packet.ts";
import type { HostProgram, RunHostProgram } from "./host-program.ts";

const places = ["/usr/sbin", "/sbin", "/usr/bin", "/usr/local/sbin"];

function program(name: string, ...args: readonly string[]): HostProgram {
  return { paths: places.map((place) => `${place}/${name}`), args };
}

/** Which tables a packet meets. Programs are run when this is called, once. */
export async function readTables(
  run: RunHostProgram,
  families: readonly (4 | 6)[],
): Promise<(packet: Packet) => readonly Table[]> {
  const save = async (name: string, family: 4 | 6): Promise<string> =>
    (await run(program(name, family === 4 ? "iptables-save" : "ip6tables-save"))) ?? "";
  const nft = parseNft((await run(program("nft", "-j", "list", "ruleset"))) ?? "");
  const saved = new Map<4 | 6, { readonly modern: string; readonly legacy: string }>();
  for (const family of families)
    saved.set(family, {
      modern: await save("xtables-nft-multi", family),
      legacy: await save("xtables-legacy-multi", family),
    });
  return (packet) => {
    const { modern = "", legacy = "" } = saved.get(familyOf(packet.address)) ?? {};
    const known = iptablesTables(modern, packet);
    // nft lists these too, and does not tell what their rules ask for
    const names = known.map(({ name }) => `${familyOf(packet.address) === 4 ? "ip" : "ip6"} ${name}`);
    const others = nft === undefined ? [] : nftTables(nft, packet).filter(({ name }) => !names.includes(name));
    return [...others, ...known, ...iptablesTables(legacy, packet)];
  };
}
