// A sealed host config on standard input of the commands that take it into work, and what is in force when nothing comes.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { setInterval } from "node:timers/promises";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { FakeEngine } from "#agent/engine/fake/fake-engine.ts";
import { configText, newHostKey, newSigner, sealText } from "#agent/sealed/testing/sealing-cluster.ts";
import type { Signer } from "#agent/sealed/testing/sealing-cluster.ts";
import { commandEnvironment } from "#agent/testing/command-environment.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { runAgent } from "./command-line.ts";

const [signer, key] = [newSigner(), await newHostKey()];
const text = (generation: number): string =>
  configText({ generation, image: `web:${generation}`, signers: [signer], identity: key.identity });
const sealed = async (generation: number, by: Signer = signer, to = key.recipient): Promise<Uint8Array> =>
  sealText(text(generation), { cluster: "demo", host: "h1", generation }, { signer: by, recipients: [to] });

type Host = {
  /** Runs the command with that on its standard input; it is told to end once the image is in use. */
  readonly given: (input: string | Uint8Array, command: string, until?: string) => Promise<string>;
  /** The image of the container. */
  readonly web: () => string | undefined;
  readonly inForce: () => string;
};

function createHost(context: TestContext): Host {
  const state = join(temporaryRoot(context), "state");
  mkdirSync(state, { mode: 0o700 });
  const clock = new FakeClock({ auto: true });
  const engine = new FakeEngine({ clock });
  for (const image of ["web:1", "web:2", "web:3", "agent:1"]) engine.program(image, () => ({}));
  const web = (): string | undefined =>
    engine.containers.find((each) => each.name === "web" && each.state === "running")?.image;
  return {
    given: async (input, command, until) => {
      const [said, end]: [string[], AbortController] = [[], new AbortController()];
      const print = (line: string): void => void said.push(line);
      const environment = commandEnvironment({ clock, engine, print });
      const places = ["--host", "h1", "--state", state, "--host-root", join(state, "nowhere"), "--image", "agent:1"];
      const ended = runAgent([command, "--config", "-", ...places], {
        ...environment,
        signal: end.signal,
        readStandardInput: async () => Promise.resolve(input),
      });
      if (until !== undefined)
        for await (const _ of setInterval(5, undefined, { signal: context.signal })) if (web() === until) break;
      if (until !== undefined) end.abort();
      return `${await ended} ${said.join("")}`;
    },
    web,
    inForce: () => readFileSync(join(state, "in-force.yaml"), "utf8"),
  };
}

test("apply takes a sealed one from standard input, and refuses what is wrong with it without a change", async (context) => {
  const host = createHost(context);
  assert.match(await host.given(text(1), "apply"), /^0 /);
  const second = await sealed(2);
  const stranger = await newHostKey();

  for (const [input, code] of [
    [second.subarray(0, -1), "SEALED_DAMAGED"],
    [await sealed(2, newSigner()), "SEALED_OTHER_SIGNER"],
    [await sealed(2, signer, stranger.recipient), "SEALED_OTHER_KEY"],
  ] as const) {
    assert.match(await host.given(input, "apply"), new RegExp(`^65 [^]*${code}`));
    assert.deepEqual([host.web(), host.inForce()], ["web:1", text(1)]);
  }
  assert.match(await host.given(second, "apply"), /^0 [^]*changed\n$/);

  assert.deepEqual([host.web(), host.inForce()], ["web:2", text(2)]);
  assert.match(await host.given(text(3), "apply"), /^65 [^]*SEALED_REQUIRED/);
  assert.equal(host.web(), "web:2");
});

test(
  "run takes a sealed one from standard input; with nothing there the config in force is used",
  { timeout: 60_000 },
  async (context) => {
    const host = createHost(context);
    await host.given(text(1), "apply");

    assert.match(await host.given(await sealed(2), "run", "web:2"), /^0 /);

    assert.equal(host.inForce(), text(2));
    assert.match(await host.given("", "run", "web:2"), /^0 /);
    assert.deepEqual([host.web(), host.inForce()], ["web:2", text(2)]);
  },
);
