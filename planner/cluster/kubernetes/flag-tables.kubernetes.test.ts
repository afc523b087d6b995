// The tables of flags, and the flags that come out of a cluster config, against the programs of Kubernetes themselves: each ends
// at once at a flag that it does not know.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { kubernetesImages } from "#lab/kubernetes-images.ts";
import type { KubernetesImageName } from "#lab/kubernetes-images.ts";
import { flagsOfHelp } from "#lab/program-flags.ts";
import { programOf } from "#lab/program.ts";
import { tryCommand } from "#lab/run-command.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { expand } from "#shared/expand/expand.ts";
import { parseHostConfig } from "#shared/checks/parse-host-config.ts";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { kubernetesCluster } from "#planner/testing/kubernetes-cluster.ts";
import { kubernetesFlags } from "#planner/upstream/flag-table.ts";
import { deadFlags, ownedFlags } from "./flag-tables.ts";
import type { Program } from "./flag-tables.ts";

/** Image, and container in a host's desired state. */
const names: Readonly<Record<Program, KubernetesImageName>> = {
  apiserver: "kube-apiserver",
  controllerManager: "kube-controller-manager",
  scheduler: "kube-scheduler",
  kubelet: "kubelet",
  proxy: "kube-proxy",
};
// the keys of an object literal are all it has
const allPrograms = Object.keys(names) as readonly Program[];
/** What the lab compiles. */
const minor = 37;

describe("flags and the programs of 1.37", { skip: skipWithoutLab(), timeout: 600_000 }, () => {
  let directory: string;
  let hostConfig: string;
  const programs = new Map<Program, string>();

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "flexkube-flags-"));
    const { byName } = await kubernetesImages();
    for (const program of allPrograms)
      programs.set(program, await programOf(byName[names[program]], `usr/local/bin/${names[program]}`, directory));
    const machine = fakeMachine(kubernetesCluster.replace("1.36.3", "1.37.2"));
    await machine.run("split");
    hostConfig = machine.text("hosts/h1.yaml") ?? "";
  });
  after(async () => rm(directory, { recursive: true, force: true }));

  /** What a program says to these flags, without starting. */
  const said = async (program: Program, flags: readonly string[]): Promise<string> => {
    const { exitCode, stderr } = await tryCommand([programs.get(program) ?? "", ...flags, "--help"]);
    return exitCode === 0 ? "" : stderr;
  };
  const isUnknown = async (program: Program, flag: string): Promise<boolean> =>
    (await said(program, [`--${flag}=x`])).includes(`unknown flag: --${flag}`);

  for (const program of allPrograms) {
    const name = names[program];
    test(`${name}: every flag that is refused as gone is unknown to it`, async () => {
      const gone = [...deadFlags[program]].filter(([, { since }]) => since <= minor).map(([flag]) => flag);

      const unknown = await Promise.all(gone.map(async (flag) => isUnknown(program, flag)));

      assert.ok(gone.length > 5);
      assert.deepEqual(
        gone.filter((_, index) => unknown[index] !== true),
        [],
      );
    });

    test(`${name}: the table has every flag that its help names, and none that it does not know`, async () => {
      const { help: _help, version: _version, ...told } = await flagsOfHelp(programs.get(program) ?? "");
      const known = kubernetesFlags(program, minor);

      const unknown = await Promise.all(Object.keys(known).map(async (flag) => isUnknown(program, flag)));

      assert.deepEqual(
        Object.keys(known).filter((_, index) => unknown[index] === true),
        [],
      );
      assert.deepEqual({ ...known, ...told }, { ...told, ...known });
    });

    test(`${name}: every flag that is refused as ours exists`, async () => {
      const ours = Object.keys(ownedFlags[program]).filter((flag) => !flag.endsWith("*"));

      const unknown = await Promise.all(ours.map(async (flag) => isUnknown(program, flag)));

      assert.deepEqual(
        ours.filter((_, index) => unknown[index] === true),
        [],
      );
    });

    for (const cri of ["containerd", "cri-dockerd"] as const)
      test(`${name}: it takes the arguments that a host with ${cri} gives it`, async () => {
        const parsed = parseHostConfig(hostConfig, "hosts/h1.yaml");
        assert.ok(parsed.ok);
        const { containers } = expand(parsed.value, {
          cri,
          cgroupVersion: 2,
          cgroupDriver: "systemd",
          resolver: "plain",
        });
        const args = containers.find((container) => container.name === name)?.spec.args ?? [];

        assert.ok(args.length > 0, `${args.length} arguments`);
        assert.equal(await said(program, args), "");
      });
  }
});
