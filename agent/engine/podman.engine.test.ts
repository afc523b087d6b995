// Podman obeys the contract of the engine port, with an expectation of its own where it differs.
import { createReadStream } from "node:fs";
import { pid } from "node:process";
import { after, before, describe } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { labImages } from "#lab/images.ts";
import { startLab, type Lab } from "#lab/lab.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
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
});
