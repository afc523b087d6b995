// The mending of a host on a made-up tree.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { put, temporaryRoot } from "#agent/testing/temporary-root.ts";
import { runMend } from "./mend-command.ts";
import { mendArgument, parseMendArgument } from "./mend-arguments.ts";

function mend(context: TestContext, files: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const root = temporaryRoot(context);
  put(root, "/etc/hosts", "");
  for (const [path, content] of Object.entries(files)) put(root, path, content);
  const lines: string[] = [];
  const exitCode = runMend(args, { root, proc: `${root}/proc`, print: (line) => lines.push(line) });
  return { root, exitCode, lines };
}

test("a kernel parameter gets its value", (context) => {
  const { root, exitCode } = mend(context, { "/proc/sys/net/ipv4/ip_forward": "0\n" }, "sysctl:net.ipv4.ip_forward=1");

  assert.equal(exitCode, 0);
  assert.equal(readFileSync(`${root}/proc/sys/net/ipv4/ip_forward`, "utf8"), "1\n");
});

test("a parameter that the kernel has not is told, and not made", (context) => {
  const { root, exitCode, lines } = mend(context, { "/proc/sys/x": "" }, "sysctl:net.bridge.none=1");

  assert.deepEqual([exitCode, lines], [73, ["sysctl:net.bridge.none=1: ENOENT"]]);
  assert.ok(!existsSync(`${root}/proc/sys/net`));
});

test("a machine without an id gets one, and keeps it", (context) => {
  const { root, exitCode } = mend(context, { "/etc/machine-id": "uninitialized\n" }, "machine-id");
  const first = readFileSync(`${root}/etc/machine-id`, "utf8");

  const again = runMend(["machine-id"], { root, proc: "", print: () => undefined });

  assert.deepEqual([exitCode, again], [0, 0]);
  assert.match(first, /^[0-9a-f]{32}\n$/);
  assert.equal(readFileSync(`${root}/etc/machine-id`, "utf8"), first);
  assert.deepEqual(readdirSync(`${root}/etc`).toSorted(), ["hosts", "machine-id"]);
});

test("an argument that is no mend is refused before anything is done", (context) => {
  const { root, exitCode } = mend(context, {}, "machine-id", "module:br_netfilter");

  assert.equal(exitCode, 64);
  assert.ok(!existsSync(`${root}/etc/machine-id`));
});

test("arguments are read as they are written, and lead nowhere else", () => {
  const sysctl = { what: "sysctl", name: "net.ipv4.ip_local_port_range", value: "1024 65535" } as const;

  assert.deepEqual(parseMendArgument(mendArgument(sysctl)), sysctl);
  for (const wrong of ["sysctl:net=1", "sysctl:net..ipv4=1", "sysctl:../x.y=1", "sysctl:a/b.c=1", "sysctl:a.b=", "x"])
    assert.equal(parseMendArgument(wrong), undefined, wrong);
});
