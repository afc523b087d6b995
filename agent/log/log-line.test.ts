// Lines of the log on a terminal.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { pino } from "pino";
import { logLine, type LineStyle } from "./log-line.ts";

const plain: LineStyle = { colour: false, stacks: false };

/** What is printed of what is logged. */
function printed(style: LineStyle, log: (logger: ReturnType<typeof pino>) => void): string {
  let text = "";
  const stream = { write: (line: string) => void (text += logLine(line, style)) };
  const timestamp = (): string => `,"time":"2026-11-30T02:31:07.123Z"`;
  log(pino({ level: "debug", base: { name: "flexkube-agent" }, timestamp }, stream));
  return text;
}

describe("a line of the log on a terminal", () => {
  test("has time, level, message and fields, and is one line", () => {
    assert.equal(
      printed(plain, (log) =>
        log.info({ container: "etcd-h1", ms: 1203, cause: "not running, exit code 0" }, "step done"),
      ),
      '02:31:07 INFO  step done  container=etcd-h1 ms=1203 cause="not running, exit code 0"\n',
    );
    assert.equal(
      printed(plain, (log) => log.warn("two\n  lines\n")),
      "02:31:07 WARN  two lines\n",
    );
    assert.equal(
      printed(plain, (log) => log.debug({ missing: undefined, empty: "", none: [] }, "x")),
      "02:31:07 DEBUG x\n",
    );
  });

  test("says of an error what and about what, and its stack only when asked to", () => {
    const error = Object.assign(new Error("manifest unknown"), { code: "ENGINE_NOT_FOUND" });
    const log = (logger: ReturnType<typeof pino>): void =>
      logger.error({ err: error, details: { image: "etcd:9", reason: "no such tag" } }, "step failed");
    const line =
      '02:31:07 ERROR step failed  error="manifest unknown" code=ENGINE_NOT_FOUND image=etcd:9 reason="no such tag"\n';
    assert.equal(printed(plain, log), line);
    const long = printed({ ...plain, stacks: true }, log);
    assert.ok(long.startsWith(`${line}    Error: manifest unknown\n        at `));
    assert.equal(long.split("\n").filter((each) => each !== "" && !each.startsWith("    ")).length, 1);
  });

  test("has colours where they are wanted", () => {
    const text = printed({ ...plain, colour: true }, (log) => log.warn({ a: 1 }, "x"));
    assert.equal(text, "\u001b[90m02:31:07\u001b[0m \u001b[33mWARN \u001b[0m x  \u001b[90ma=1\u001b[0m\n");
  });

  test("moves no terminal, whatever it tells of", () => {
    const evil = "\u001b[2J\u009b1m\u202e\r";
    const text = printed({ ...plain, stacks: true }, (log) =>
      log.warn({ [evil]: evil, a: { b: evil }, err: new Error(evil) }, evil),
    );
    assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    assert.match(text, /u009b1m/);
  });

  test("leaves what is no line of the log as it is", () => {
    for (const text of ["not JSON\n", "[1]\n", '{"msg":"x"}\n', "\n"]) assert.equal(logLine(text, plain), text);
  });
});
