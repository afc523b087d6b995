// The fake engine obeys the contract of the engine port.
import { FakeClock } from "./fake-clock.ts";
import { FakeEngine } from "./fake-engine.ts";
import { tarOf, type Subject } from "#agent/engine/contract/bench.ts";
import { engineContract } from "#agent/engine/contract/engine-contract.ts";
import { contractProgram } from "#agent/engine/contract/programs.ts";
import { Readable } from "node:stream";

engineContract("the fake engine", "fake", async (): Promise<Subject> => {
  const clock = new FakeClock({ auto: true });
  const engine = new FakeEngine({ clock });
  engine.program("busybox:contract", contractProgram);
  const manifest = JSON.stringify([{ Config: "config.json", RepoTags: ["loaded:1"], Layers: [] }]);
  const archive = await tarOf([{ name: "manifest.json", content: manifest }]);
  return {
    engine,
    clock,
    image: "busybox:contract",
    archive: () => Readable.from([archive]),
    archived: "loaded:1",
    power: {
      cut: async () => Promise.resolve(engine.powerCut()),
      on: async () => Promise.resolve(engine.powerOn()),
    },
    close: async () => Promise.resolve(),
  };
});
