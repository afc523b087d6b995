// A Podman that cannot change what runs is refused before anything is done.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hostConfigPath, runAgentOnce } from "#lab/agent.ts";
import { agentImage, imageStores } from "#lab/images.ts";
import { startLab } from "#lab/lab.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { skipWithoutRelease } from "#lab/skip-without-release.ts";

const hostConfig = `apiVersion: flexkube/v1alpha1
kind: Host
cluster: old
host: h1
containers:
  greeter: { image: "busybox:lab", args: [sleep, "1000"] }
`;

const skip = skipWithoutLab("namespace") || skipWithoutRelease();

test(
  "Podman 4.3 of Debian 12 is refused with what to install, and no container is made",
  { skip, timeout: 600_000 },
  async (t) => {
    const base = "podman-bookworm";
    const image = await agentImage();
    const lab = await startLab({ hosts: { h1: base }, seed: await imageStores([base], [image]) });
    t.after(async () => lab.down());
    const host = lab.host("h1");
    assert.match(await host.exec("podman", "--version"), / 4\.3\./);
    await host.exec("mkdir", "-p", "/etc/flexkube");
    await host.writeFile(hostConfigPath, hostConfig, 0o600);

    // its API tells no exit code of a container that is removed at once
    const { stderr } = await runAgentOnce(host, ["apply"], { image: image.reference });

    assert.match(stderr, /Podman 4\.3\.\d+ is older than 5\.0: install 5\.0 or newer/);
    assert.equal((await host.docker("ps", "-aq")).trim(), "");
  },
);
