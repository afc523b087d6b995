// The shell scripts that run on nodes are clean for shellcheck. Where that is not installed the test says so; in CI it must be.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { cniPluginsScript } from "./cni-plugins-script.ts";
import { podNetworkScript } from "./pod-network-script.ts";

const installed = spawnSync("shellcheck", ["--version"]).error === undefined;
const skip = installed || process.env["REQUIRE_DOCKER"] === "1" ? false : "shellcheck is not installed";

for (const [name, script] of [
  ["cni-plugins", cniPluginsScript],
  ["pod-network", podNetworkScript],
] as const)
  test(`shellcheck has nothing to say about the script of ${name}`, { skip }, () => {
    const { status, stdout } = spawnSync("shellcheck", ["--shell=sh", "-"], { input: script, encoding: "utf8" });

    assert.equal(stdout, "");
    assert.equal(status, 0);
  });
