import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { engineUnreachable } from "#agent/engine/errors.ts";
import { preflight } from "./preflight.ts";

const log = pino({ level: "silent" });
const info = { version: "28.5.2", apiVersion: "1.51", cgroupVersion: "2", cgroupDriver: "systemd" };

async function checked(...securityOptions: readonly string[]): Promise<void> {
  await preflight({ info: async () => Promise.resolve({ ...info, securityOptions }) }, log);
}

test("an engine without root, or one that remaps user ids, is refused with what to do", async () => {
  await assert.rejects(checked("name=seccomp,profile=builtin", "name=rootless"), { code: "ENGINE_UNSUPPORTED" });
  await assert.rejects(checked("name=seccomp,profile=builtin", "name=userns"), (error: { details?: object }) => {
    assert.match(JSON.stringify(error.details), /daemon\.json/);
    return true;
  });
  await checked("name=seccomp,profile=builtin", "name=cgroupns");
});

test("an engine that does not answer yet is left to the loop", async () => {
  await preflight({ info: async () => Promise.reject(engineUnreachable("info", "not yet")) }, log);
});
