import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { createRoundLog } from "#agent/log/round-log.ts";
import { engineUnreachable } from "#agent/engine/errors.ts";
import { createPreflight } from "./check-engine.ts";

const log = pino({ level: "silent" });
const cgroups = { cgroupVersion: "2", cgroupDriver: "systemd" };
const info = { engine: "docker", version: "28.5.2", apiVersion: "1.51", ...cgroups } as const;

async function checked(...securityOptions: readonly string[]): Promise<void> {
  await createPreflight(
    { info: async () => Promise.resolve({ ...info, securityOptions }) },
    { log, seesHost: false },
  )();
}

async function checkedPodman(
  version: string,
  { seesHost = true, securityOptions = ["name=seccomp,profile=default"] } = {},
): Promise<void> {
  const podman = { ...info, engine: "podman", version, apiVersion: "1.41", securityOptions } as const;
  await createPreflight({ info: async () => Promise.resolve(podman) }, { log, seesHost })();
}

function refusedFor(reason: RegExp): (error: { code?: string; details?: object }) => boolean {
  return ({ code, details }) => code === "ENGINE_UNSUPPORTED" && reason.test(JSON.stringify(details));
}

test("Podman is taken from 5 on, by root, where the host's files are seen; else it is said what to do", async () => {
  await checkedPodman("5.0.0");
  await checkedPodman("5.4.2");
  await checkedPodman("10.0.0");
  await assert.rejects(checkedPodman("4.9.3"), refusedFor(/4\.9\.3 is older than 5\.0/));
  await assert.rejects(checkedPodman("5.4.2", { seesHost: false }), refusedFor(/--mount type=bind,source=\//));
  const rootless = { securityOptions: ["name=seccomp,profile=default", "name=rootless"] };
  await assert.rejects(checkedPodman("5.4.2", rootless), refusedFor(/podman\.socket/));
});

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
  const preflight = createPreflight(engine, {
    log: createRoundLog(pino({ level: "warn" }, { write: (line) => void lines.push(line) })),
    seesHost: true,
  });

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
    { log, seesHost: true },
  );

  await preflight();
  await preflight();

  assert.equal(asked, 1);
});
