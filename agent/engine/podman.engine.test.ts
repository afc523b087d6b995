// Podman obeys the contract of the engine port, with an expectation of its own where it differs.
import assert from "node:assert/strict";
import { createReadStream } from "node:fs";
import { pid } from "node:process";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { labImages } from "#lab/images.ts";
import { startLab, type Lab } from "#lab/lab.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { plainSpec } from "#shared/reconcile/testing/plain-spec.ts";
import { reasonOf } from "#shared/reason-of.ts";
import { engineContract } from "./contract/engine-contract.ts";
import { DockerodeEngine } from "./dockerode.ts";

describe("dockerode against Podman", { skip: skipWithoutLab() }, () => {
  const started = Promise.withResolvers<Lab>();
  before(async () => {
    started.resolve(await startLab({ hosts: { podman: "podman" } }));
  });
  after(async () => (await started.promise).down());

  engineContract(
    "Podman 5.4",
    `${pid}-podman`,
    async () => {
      const host = (await started.promise).host("podman");
      const { busybox } = await labImages("busybox");
      await host.load(busybox.tar);
      const existsOnHost = async (path: string): Promise<boolean> =>
        (await host.attempt(["test", "-e", path])).exitCode === 0;
      const engine = new DockerodeEngine({ socketPath: host.socket, existsOnHost });
      return {
        engine,
        clock: { now: () => Date.now(), sleep: async (ms) => sleep(ms) },
        image: `docker.io/library/${busybox.reference}`,
        shownImage: `localhost/${busybox.reference}`,
        archive: () => createReadStream(busybox.tar),
        archived: `localhost/${busybox.reference}`,
        power: { cut: host.kill, on: host.start },
        close: async () => Promise.resolve(engine.close()),
      };
    },
    "podman",
  );

  test("a name without a registry is one of Docker's, whatever the host's aliases say", async () => {
    const host = (await started.promise).host("podman");
    const { busybox } = await labImages("busybox");
    await host.load(busybox.tar);
    const engine = new DockerodeEngine({ socketPath: host.socket });
    // Debian's shortnames.conf has `fedora` for it
    await host.docker("tag", `localhost/${busybox.reference}`, "registry.fedoraproject.org/fedora:41");

    const byAlias = await engine.inspectImage("fedora:41");
    await assert.rejects(engine.pullImage("fedora:41", undefined), isAbout(/registry-1\.docker\.io/));
    await host.docker("tag", `localhost/${busybox.reference}`, "docker.io/library/fedora:41");
    const spec = plainSpec({ image: "fedora:41" });
    const id = await engine.create({ name: "short-name", labels: {}, restart: "no", resources: {}, spec });
    const made = await host.docker("inspect", "--format", "{{.Config.Image}}", id);
    await engine.remove(id);
    engine.close();

    assert.equal(byAlias, undefined);
    assert.equal(made.trim(), "docker.io/library/fedora:41");
  });
});

function isAbout(reason: RegExp): (error: unknown) => boolean {
  return (error) => reason.test(reasonOf(error));
}
