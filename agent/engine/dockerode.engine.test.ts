// Real engines obey the contract of the engine port: the oldest and newest Docker that a lab can run, and one between.
import { createReadStream } from "node:fs";
import { pid } from "node:process";
import { after, before, describe } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { labImages } from "#lab/images.ts";
import { startLab, type Lab } from "#lab/lab.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { engineContract } from "./contract/engine-contract.ts";
import { DockerodeEngine } from "./dockerode.ts";

/** Docker 20.10, 26.1 and 28.5 in Debian 12. */
const bases = { stable: "stable", trixie: "trixie", sid: "sid" } as const;

describe("dockerode against real engines", { skip: skipWithoutLab(), concurrency: true }, () => {
  const started = Promise.withResolvers<Lab>();
  before(async () => {
    started.resolve(await startLab({ hosts: bases }));
  });
  after(async () => (await started.promise).down());

  for (const name of Object.keys(bases))
    engineContract(`Docker of ${name}`, `${pid}-${name}`, async () => {
      const host = (await started.promise).host(name);
      const { busybox } = await labImages("busybox");
      await host.load(busybox.tar);
      const engine = new DockerodeEngine({ socketPath: host.socket });
      return {
        engine,
        clock: { now: () => Date.now(), sleep: async (ms) => sleep(ms) },
        image: busybox.reference,
        archive: () => createReadStream(busybox.tar),
        archived: busybox.reference,
        power: { cut: host.kill, on: host.start },
        close: async () => Promise.resolve(engine.close()),
      };
    });
});
