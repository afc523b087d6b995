// What a cluster of any supported version is given holds no flag that this version's programs no longer know.
import assert from "node:assert/strict";
import { test } from "node:test";
import { expand } from "#shared/expand/expand.ts";
import { parseHostConfig } from "#shared/checks/parse-host-config.ts";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { kubernetesCluster } from "#planner/testing/kubernetes-cluster.ts";
import { deadFlags } from "./flag-tables.ts";
import type { Program } from "./flag-tables.ts";

const containers: Readonly<Record<string, Program>> = {
  "kube-apiserver": "apiserver",
  "kube-controller-manager": "controllerManager",
  "kube-scheduler": "scheduler",
  kubelet: "kubelet",
  "kube-proxy": "proxy",
};

for (const minor of [34, 35, 36, 37, 38])
  test(`no flag of a host with 1.${minor} is gone in that version`, async () => {
    const machine = fakeMachine(kubernetesCluster.replace("1.36.3", `1.${minor}.0`));
    await machine.run("split");
    const parsed = parseHostConfig(machine.text("hosts/h1.yaml") ?? "", "hosts/h1.yaml");
    assert.ok(parsed.ok);
    const desired = expand(parsed.value, {
      cri: "containerd",
      cgroupVersion: 2,
      cgroupDriver: "systemd",
      resolver: "plain",
    });

    const gone = Object.entries(containers).flatMap(([name, program]) => {
      const args = desired.containers.find((container) => container.name === name)?.spec.args ?? [];
      assert.ok(args.length > 0, name);
      const flags = args.map((argument) => /^--([^=]+)/.exec(argument)?.[1] ?? argument);
      return flags.filter((flag) => (deadFlags[program].get(flag)?.since ?? Infinity) <= minor);
    });

    assert.deepEqual(gone, []);
  });
