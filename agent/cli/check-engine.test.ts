import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { engineUnreachable } from "#agent/engine/errors.ts";
import { createPreflight } from "./check-engine.ts";

const log = pino({ level: "silent" });
const info = { version: "28.5.2", apiVersion: "1.51", cgroupVersion: "2", cgroupDriver: "systemd" };

async function checked(...securityOptions: readonly string[]): Promise<void> {
  await createPreflight({ info: async () => Promise.resolve({ ...info, securityOptions }) }, log)();
}

test("an engine without root, or one that remaps user ids, is refused with what to do", async () => {
  await assert.rejects(checked("name=seccomp,profile=builtin", "name=rootless"), { code: "ENGINE_UNSUPPORTED" });
  await assert.rejects(checked("name=seccomp,profile=builtin", "name=userns"), (error: { details?: object }) => {
    assert.match(JSON.stringify(error.details), /daemon\.json/);
    return true;
  });
  await checked("name=seccomp,profile=builtin", "name=cgroupns");
});

test("an engine that does not answer yet is told once, and judged as soon as it does", async () => {
  const lines: string[] = [];
  let isUp = false;
  let asked = 0;
  const engine = {
    info: async () => {
      asked += 1;
      if (!isUp) throw engineUnreachable("info", "not yet");
      return Promise.resolve({ ...info, securityOptions: ["name=userns"] });
    },
  };
  const preflight = createPreflight(engine, pino({ level: "warn" }, { write: (line) => void lines.push(line) }));

  await preflight();
  await preflight();
  assert.equal(lines.length, 1);
  isUp = true;

  await assert.rejects(preflight(), { code: "ENGINE_UNSUPPORTED" });
  await assert.rejects(preflight(), { code: "ENGINE_UNSUPPORTED" });
  assert.equal(asked, 4);
});

test("an engine that is fit is asked once", async () => {
  let asked = 0;
  const preflight = createPreflight(
    {
      info: async () => {
        asked += 1;
        return Promise.resolve({ ...info, securityOptions: [] });
      },
    },
    log,
  );

  await preflight();
  await preflight();

  assert.equal(asked, 1);
});
