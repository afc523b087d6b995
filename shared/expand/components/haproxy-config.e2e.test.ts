// HAProxy itself accepts what is generated for it. Needs the program haproxy.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { LoadBalancer } from "#shared/schema/host-config.ts";
import { loadBalancer } from "#shared/expand/testing/load-balancer-builder.ts";
import { testCa } from "#shared/expand/testing/test-certificates.ts";
import { haproxyConfig } from "./haproxy-config.ts";

const program = "/usr/sbin/haproxy";
const required = process.env["REQUIRE_DOCKER"] === "1";
const skip = existsSync(program) || required ? false : "haproxy is not installed";

const configs: readonly (readonly [sentence: string, change: Parameters<typeof loadBalancer>[0], verified: boolean])[] =
  [
    ["servers that are not verified", {}, false],
    ["servers that are verified", {}, true],
    [
      "IPv6 addresses",
      {
        bind: { address: "::1", port: 7443 },
        ops: { address: "::1", port: 7080 },
        servers: { h1: { address: "fd00::1", port: 6443 } },
      },
      true,
    ],
    ["a check path of all kinds of characters", { checkPath: "/readyz?exclude=etcd&a=b c%20\n#'\"\\${HOME}é" }, false],
    [
      "a single server and many connections",
      { servers: { h1: { address: "10.77.0.11", port: 1 } }, maxConnections: 50000 },
      false,
    ],
  ];

for (const [sentence, change, verified] of configs)
  test(`haproxy accepts ${sentence} without a warning`, { skip }, (context) => {
    const directory = mkdtempSync(join(tmpdir(), "flexkube-haproxy-"));
    context.after(() => rmSync(directory, { recursive: true }));
    const caFile = join(directory, "ca.crt");
    const file = join(directory, "haproxy.cfg");
    const config = LoadBalancer.parse(loadBalancer(change));
    writeFileSync(caFile, testCa);
    writeFileSync(file, haproxyConfig({ config, runtimeDirectory: directory, caFile: verified ? caFile : undefined }));

    const { status, stdout, stderr } = spawnSync(program, ["-c", "-f", file], { encoding: "utf8", timeout: 20_000 });

    assert.equal(status, 0, `${stdout}${stderr}`);
    assert.doesNotMatch(`${stdout}${stderr}`, /WARNING|ALERT/);
  });
