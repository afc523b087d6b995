// What a command gets of its process, on an engine in memory: nothing on standard input, and nothing is logged.
import { pino } from "pino";
import type { Environment } from "#agent/cli/environment.ts";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import type { FakeEngine } from "#agent/engine/fake/fake-engine.ts";
import { createPatience } from "#agent/files/patience.ts";
import { createNudges } from "#agent/tick/nudges.ts";

type Host = {
  readonly clock: FakeClock;
  readonly engine: FakeEngine;
  readonly print: (text: string) => void;
  readonly printError?: ((text: string) => void) | undefined;
  readonly otherLoop?: Environment["otherLoop"];
};

/** Errors are printed where all else is, unless told. */
export function commandEnvironment({ clock, engine, print, printError = print, otherLoop }: Host): Environment {
  return {
    env: {},
    pid: 1,
    hangups: createNudges(),
    signal: new AbortController().signal,
    clock,
    // what the disk of a test takes is no time of the host
    patience: createPatience({ clock: new FakeClock() }),
    random: () => 0,
    print,
    printError,
    pour: async (stream, text) => Promise.resolve((stream === "stdout" ? print : printError)(text)),
    unread: new AbortController().signal,
    writeBytes: async (bytes) => Promise.resolve(print(Buffer.from(bytes).toString("latin1"))),
    readStandardInput: async () => Promise.resolve(""),
    connect: async () => Promise.resolve(Object.assign(engine, { close: () => undefined })),
    otherLoop,
    createLogger: async () => Promise.resolve(pino({ level: "silent" })),
  };
}
