// The hidden command, on rulesets as the programs of a host would print them, and the running of such programs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { dport, ruleset, verdict } from "#shared/firewall/testing/nft-text.ts";
import { runFirewall } from "./firewall-command.ts";
import { createHostPrograms } from "./host-program.ts";
import { packetOf, portArgument } from "./port-argument.ts";

async function command(outputs: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const lines: string[] = [];
  const run = async ({ paths, args: given }: { readonly paths: readonly string[]; readonly args: readonly string[] }) =>
    Promise.resolve(outputs[`${paths[0]?.split("/").at(-1)} ${given[0]}`]);
  const exitCode = await runFirewall(args, { run, print: (line) => lines.push(line) });
  return { exitCode, lines };
}

const nft = ruleset([[dport(22), verdict("accept")]], { policy: "drop" });
const save = (rule: string): string => `*filter\n:INPUT DROP [0:0]\n${rule}\nCOMMIT\n`;

test("each port is told with the chains that drop it", async () => {
  const { exitCode, lines } = await command({ "nft -j": nft }, "tcp/10.77.0.11:2380", "tcp/10.77.0.11:22");

  assert.equal(exitCode, 0);
  assert.deepEqual(
    lines.map((line): unknown => JSON.parse(line)),
    [{ port: "tcp/10.77.0.11:2380", table: "inet filter", chain: "input", manager: "nft" }],
  );
});

test("tables of iptables are read from what itself prints, the older and the newer one", async () => {
  // nft lists the newer one's table too, without what its rules ask for
  const listed = nft.replaceAll('"inet"', '"ip"');
  const opened = save("-A INPUT -p tcp -m multiport --dports 2380 -j ACCEPT");
  const modern = { "nft -j": listed, "xtables-nft-multi iptables-save": opened };
  const legacy = { ...modern, "xtables-legacy-multi iptables-save": save("") };

  assert.deepEqual((await command(modern, "tcp/10.77.0.11:2380")).lines, []);
  assert.match((await command(legacy, "tcp/10.77.0.11:2380")).lines.join(), /"table":"filter","chain":"INPUT"/);
  // and those of the other family not at all
  assert.deepEqual((await command(legacy, "tcp/[fd00::11]:2380")).lines, []);
});

test("a host without these programs tells nothing; what is no port is refused", async () => {
  assert.deepEqual(await command({}, "tcp/10.77.0.11:2380"), { exitCode: 0, lines: [] });
  for (const wrong of [
    "",
    "tcp/10.77.0.11",
    "sctp/10.77.0.11:1",
    "tcp/h1:1",
    "tcp/10.77.0.11:0",
    "tcp/10.77.0.11:65536",
  ])
    assert.equal((await command({}, wrong)).exitCode, 64, wrong);
});

test("a port is read as it is written", () => {
  for (const address of ["10.77.0.11", "fd00::11"])
    assert.deepEqual(packetOf(portArgument({ protocol: "udp", address, port: 53 })), {
      protocol: "udp",
      address,
      port: 53,
    });
});

test("a program of the host runs by the host's loader and libraries", async () => {
  const run = createHostPrograms("");

  assert.equal(await run({ paths: ["/nowhere/echo", "/usr/bin/echo"], args: ["-n", "a b"] }), "a b");
  assert.equal(await run({ paths: ["/usr/bin/false"], args: [] }), undefined);
  assert.equal(await run({ paths: ["/nowhere/echo"], args: [] }), undefined);
});
