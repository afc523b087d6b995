import assert from "node:assert/strict";
import { test } from "node:test";
import type { HostEvent } from "./host-event.ts";
import { namesIn, printEvents, selectEvents } from "./print-events.ts";

const controllers = { component: "kube-controller-manager", container: "kube-controller-manager" };
const web = { component: "web", container: "web-1" };
const events: readonly HostEvent[] = [
  { at: "2026-01-01T00:00:00.123Z", kind: "started", ...controllers, cause: "new" },
  {
    at: "2026-01-01T00:05:00.001Z",
    kind: "restarted",
    ...controllers,
    cause: "it ended and the engine started it again, 3rd time",
    exitCode: 2,
  },
  {
    at: "2026-01-01T00:06:00Z",
    kind: "failed",
    ...web,
    cause: "its probe does not hold: it is \u001b[31mred",
    exitCode: 7,
    output: "one\n\ntwo\nthree\ncannot open the database\n",
  },
];

test("events are rows, the newest last, with the last words of what failed", () => {
  assert.equal(
    printEvents(events),
    `2026-01-01T00:00:00Z  kube-controller-manager  started    new
2026-01-01T00:05:00Z  kube-controller-manager  restarted  it ended and the
                                                          engine started it
                                                          again, 3rd time (exit
                                                          code 2)
2026-01-01T00:06:00Z  web-1                    failed     its probe does not
                                                          hold: it is
                                                          \\u001b[31mred (exit
                                                          code 7)
    | two
    | three
    | cannot open the database
`,
  );
  assert.equal(printEvents([]), "");
});

test("with long names and words they are no wider than a terminal, also below explain, and nothing is lost", () => {
  const long = Array.from({ length: 12 }, (_, index) => ({
    at: `2026-01-01T00:00:0${index % 10}Z`,
    kind: "restarted",
    component: "web",
    container: `the-web-server-of-the-second-shop-${index}`.padEnd(40, "x"),
    cause: `its probe does not hold: https://127.0.0.1:6443/${"livez/".repeat(20)}: it answers with 500, number ${index}`,
    exitCode: 137,
    output: `{"level":"fatal","error":"${"it is so ".repeat(30)}"}\n\tat ${"x".repeat(100)}\n`,
  }));

  for (const length of [80, 78]) {
    const lines = printEvents(long, length).trimEnd().split("\n");

    for (const line of lines) assert.ok(line.length <= length, line);
    assert.equal(lines.filter((line) => line.startsWith("2026-")).length, long.length);
    const packed = lines.map((line) => line.replace(/^ {4}\|\s+/, "")).join("");
    assert.equal(packed.split("x".repeat(70)).length, long.length + 1);
    assert.equal(lines.join("").match(/137\)/g)?.length, long.length);
  }
});

test("they are those of a component or a container, and as new as asked for", () => {
  const select = (name?: string, since?: string) =>
    selectEvents(events, { name, since: since === undefined ? undefined : Date.parse(since) });

  assert.deepEqual(select(), events);
  assert.deepEqual(select("web"), events.slice(2));
  assert.deepEqual(select("web-1"), events.slice(2));
  assert.deepEqual(select("we"), []);
  assert.deepEqual(select(undefined, "2026-01-01T00:05:00.001Z"), events.slice(1));
  assert.deepEqual(namesIn(events), ["kube-controller-manager", "web", "web-1"]);
});

test("a log of another's making may have any number of rows", () => {
  const event = { at: "2026-01-01T00:00:00Z", kind: "started", component: "web", container: "web", cause: "c" };

  const text = printEvents(Array.from({ length: 200_000 }, () => event));

  assert.equal(text.length, 200_000 * "2026-01-01T00:00:00Z  web  started  c\n".length);
});
