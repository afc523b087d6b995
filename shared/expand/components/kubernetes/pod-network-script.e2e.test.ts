// The script that keeps a node's part of the pod network, run by real shells against real routes and packet filters in a
// network namespace of its own. Needs root.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { eventually } from "#lab/eventually.ts";
import { runCommand } from "#lab/run-command.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { podNetworkScript } from "./pod-network-script.ts";

const skip = skipWithoutLab();
const deadlineMs = 20_000;
const mark = "116";

type Node = {
  /** Standard output of a command in the node's network. */
  readonly run: (...command: readonly string[]) => Promise<string>;
  readonly routes: (text: string) => void;
  readonly script: ChildProcess;
  /** What the script has said so far, errors too. */
  readonly said: () => string;
};

const families = {
  4: {
    cluster: "10.244.0.0/16",
    node: "10.77.0.11/24",
    other: ["10.244.2.0/24", "10.77.0.12"],
    third: ["10.244.3.0/24", "10.77.0.13"],
    far: ["10.244.9.0/24", "192.168.9.9"],
    foreign: "10.50.0.0/16",
    tables: "iptables",
  },
  6: {
    cluster: "fd00:244::/64",
    node: "fd00:77::11/64",
    other: ["fd00:244:0:0:2::/80", "fd00:77::12"],
    third: ["fd00:244:0:0:3::/80", "fd00:77::13"],
    far: ["fd00:244:0:0:9::/80", "fd00:99::9"],
    foreign: "fd00:50::/64",
    tables: "ip6tables",
  },
} as const;

/** A network namespace with one link, in which the script runs with a tenth of a second between two looks. */
async function startNode(
  context: TestContext,
  shell: readonly string[],
  { cluster, node, foreign, other }: (typeof families)[4 | 6],
): Promise<Node> {
  const directory = mkdtempSync(join(tmpdir(), "flexkube-pod-network-"));
  const file = join(directory, "routes");
  const script = join(directory, "pod-network.sh");
  writeFileSync(script, podNetworkScript);
  writeFileSync(file, "");
  const holder = spawn("unshare", ["--net", "sleep", "100000"], { stdio: "ignore" });
  context.after(() => {
    holder.kill();
    rmSync(directory, { recursive: true });
  });
  const run = (...command: readonly string[]) =>
    runCommand(["nsenter", `--net=/proc/${holder.pid}/ns/net`, ...command]);
  const own = await runCommand(["readlink", "/proc/self/ns/net"]);
  await eventually(async () => (await run("readlink", "/proc/self/ns/net")) !== own, {
    what: "a namespace of its own",
  });
  await run("ip", "link", "add", "e0", "type", "veth", "peer", "name", "e1");
  for (const link of ["lo", "e0", "e1"]) await run("ip", "link", "set", link, "up");
  await run("ip", "address", "add", node, "dev", "e0", ...(node.includes(":") ? ["nodad"] : []));
  await run("ip", "route", "add", foreign, "via", other[1]);

  const line = [`--net=/proc/${holder.pid}/ns/net`, ...shell, script, cluster, file, "0.1"];
  const child = spawn("nsenter", line, { stdio: "pipe" });
  context.after(() => child.kill("SIGKILL"));
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part) => (said += String(part)));
  return { run, routes: (text) => writeFileSync(file, text), script: child, said: () => said };
}

for (const [name, shell] of [
  ["sh", ["/bin/sh"]],
  ["busybox", ["/bin/busybox", "sh"]],
] as const)
  for (const number of [4, 6] as const) {
    const family = families[number];
    const { cluster, other, third, far, foreign, tables } = family;
    const shown = ({ run }: Node) => run("ip", `-${number}`, "route", "show", "proto", mark);
    const soon = (what: string, check: () => Promise<boolean>) => eventually(check, { what, deadlineMs });
    const lines = (...routes: readonly (readonly string[])[]) => routes.map((route) => `${route.join(" ")}\n`).join("");

    void describe(`${name}, IPv${number}`, { skip }, () => {
      test("routes follow the file, and those of others stay", async (context) => {
        const node = await startNode(context, shell, family);

        node.routes(lines(other, third));
        await soon("both routes", async () => (await shown(node)).trim().split("\n").length === 2);
        await node.run("ip", "route", "del", third[0]);
        await soon("the lost route is back", async () => (await shown(node)).includes(`${third[0]} via ${third[1]} `));
        node.routes(lines([other[0], third[1]]));
        await soon(
          "one moved, one gone",
          async () =>
            /^\S+ via (\S+) /.exec(await shown(node))?.[1] === third[1] && !(await shown(node)).includes(third[0]),
        );

        assert.match(await node.run("ip", `-${number}`, "route", "show", foreign), /via/);
        const writes = node.said().match(/^route to/gm)?.length;
        assert.equal(writes, 4, node.said());
      });

      test("a node that cannot be reached is told of once, and keeps no other from its route", async (context) => {
        const node = await startNode(context, shell, family);

        node.routes(lines(far, other));
        await soon("the other's route", async () => (await shown(node)).includes(other[0]));
        await node.run("ip", "route", "del", other[0]);
        await soon("it is back, some looks later", async () => (await shown(node)).includes(other[0]));

        assert.equal(node.said().match(/no route to \S+ via \S+ yet/g)?.length, 1, node.said());
        node.routes(lines(other));
        await soon("the script forgets the far one", async () => !(await shown(node)).includes(far[0]));
      });

      test("rules are made once, and put right when somebody changes them", async (context) => {
        const node = await startNode(context, shell, family);
        const rules = (table: string, chain: string) => node.run(tables, "-w", "-t", table, "-S", chain);
        const complete = async () =>
          (await rules("nat", "POSTROUTING")).includes("-j FLEXKUBE-POSTROUTING") &&
          (await rules("filter", "FORWARD")).includes("-j FLEXKUBE-FORWARD");
        await soon("the rules", complete);
        const before = [await rules("filter", "FLEXKUBE-FORWARD"), await rules("nat", "FLEXKUBE-POSTROUTING")];

        await node.run(tables, "-w", "-F", "FORWARD");
        await node.run(tables, "-w", "-F", "FLEXKUBE-FORWARD");
        await node.run(tables, "-w", "-t", "nat", "-F", "POSTROUTING");
        await node.run(tables, "-w", "-t", "nat", "-I", "FLEXKUBE-POSTROUTING", "-j", "RETURN");

        await soon("they are back", async () => {
          const now = [await rules("filter", "FLEXKUBE-FORWARD"), await rules("nat", "FLEXKUBE-POSTROUTING")];
          return (await complete()) && now.join("") === before.join("");
        });
        for (const way of ["-s", "-d"]) assert.ok(before[0]?.includes(`${way} ${cluster} -j ACCEPT`), before[0]);
        assert.match(before[1] ?? "", /-j MASQUERADE/);
        assert.equal((await rules("filter", "FORWARD")).match(/FLEXKUBE-FORWARD/g)?.length, 1);
      });

      test("it ends at once and with 0 on TERM, and leaves routes and rules in place", async (context) => {
        const node = await startNode(context, shell, family);
        node.routes(lines(other));
        await soon("its route", async () => (await shown(node)).includes(other[0]));
        await soon("its rules", async () => node.said().includes("jump from POSTROUTING"));

        node.script.kill("SIGTERM");
        const [code] = (await once(node.script, "exit", { signal: AbortSignal.timeout(5000) })) as [number | null];

        assert.equal(code, 0, node.said());
        assert.ok((await shown(node)).includes(other[0]));
      });

      test("without the means to set rules it ends, so that somebody sees it", async (context) => {
        const node = await startNode(context, ["/usr/bin/env", "PATH=/nonexistent", ...shell], family);

        const [code] = (await once(node.script, "exit", { signal: AbortSignal.timeout(5000) })) as [number | null];

        assert.notEqual(code, 0);
      });
    });
  }
