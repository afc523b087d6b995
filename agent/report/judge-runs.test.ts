import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { judgeRuns, ordinal } from "./judge-runs.ts";
import type { SeenContainer, SeenRuns } from "./judge-runs.ts";
import { withAct } from "./known-runs.ts";
import type { KnownRuns } from "./known-runs.ts";

const running: SeenContainer = {
  id: "a",
  component: "kube-controller-manager",
  container: "kube-controller-manager",
  state: "running",
  startStamp: 1000,
  restartCount: 0,
};

type Changes = Partial<SeenContainer> & { readonly boot?: string; readonly now?: number; readonly exit?: number };

function seen({ boot, now = 0, exit, ...changes }: Changes = {}): SeenRuns {
  const nothing = { unknown: new Set<string>(), once: new Set<string>() };
  return { ...nothing, containers: [{ ...running, ...changes }], boot, now, exitOf: () => exit };
}

/** What the last of these looks tells, after the ones before it. */
function told(...looks: readonly (SeenRuns | "start" | "stop")[]): readonly string[] {
  let known: KnownRuns | undefined;
  let events: readonly string[] = [];
  for (const look of looks) {
    if (typeof look === "string") {
      known = withAct(known ?? { runs: {} }, "a", look);
      continue;
    }
    const judged = judgeRuns(known, look);
    known = judged.runs;
    const text = ({ kind, cause, exitCode }: (typeof judged.events)[number]): string =>
      `${kind}: ${cause}${exitCode === undefined ? "" : `, exit code ${exitCode}`}`;
    events = judged.events.map(text);
  }
  return events;
}

const again = "restarted: it ended and the engine started it again";

test("a restart by the engine is told once, with its number and the exit code that the engine told", () => {
  const looks = [1, 2, 3].map((count) => seen({ restartCount: count, startStamp: 1000 + count, exit: 2 }));

  assert.deepEqual(told(seen(), ...looks.slice(0, 1)), [`${again}, 1st time, exit code 2`]);
  assert.deepEqual(told(seen(), ...looks), [`${again}, 3rd time, exit code 2`]);
  assert.deepEqual(told(seen(), ...looks, seen({ restartCount: 3, startStamp: 1003, exit: 2 })), []);
  assert.deepEqual(told(seen(), seen({ restartCount: 5, startStamp: 9 })), [`${again}, 5 times, 5 in all`]);
});

test("one that is between two runs is told when it has ended, and not again when it runs", () => {
  const between = seen({ state: "restarting", restartCount: 1, exitCode: 7 });

  assert.deepEqual(told(seen(), between), [`${again}, 1st time, exit code 7`]);
  assert.deepEqual(told(seen(), between, seen({ restartCount: 1, startStamp: 2000 })), []);
});

test("an end that nobody asked for is told, with what the kernel did; our own stop is not", () => {
  const ended = seen({ state: "exited", exitCode: 137, oomKilled: true });

  assert.deepEqual(told(seen(), ended), ["ended: it ended, but not by the agent: out of memory, exit code 137"]);
  assert.deepEqual(told(seen(), ended, ended), []);
  assert.deepEqual(told(seen(), "stop", ended), []);
  assert.deepEqual(told(seen(), "stop", ended, ended), []);
});

test("a start by somebody else is told; our own is not, and what follows on it is", () => {
  const other = seen({ startStamp: 2000 });

  assert.deepEqual(told(seen(), other), ["restarted: it was started again, but not by the agent"]);
  assert.deepEqual(told(seen(), "start", other), []);
  assert.deepEqual(told(seen(), "stop", "start", other), []);
  assert.deepEqual(told(seen(), "start", seen({ startStamp: 2000, restartCount: 1, exit: 1 })), [
    `${again}, 1st time, exit code 1`,
  ]);
  assert.deepEqual(told(seen(), "start", seen({ startStamp: 2000, state: "exited", exitCode: 3 })), [
    "ended: it ended, but not by the agent, exit code 3",
  ]);
});

test("a stop whose start failed is no end of its own", () => {
  assert.deepEqual(told(seen(), "stop", "start", seen({ state: "exited", exitCode: 0 })), []);
});

test("one that is new since the last look has its restarts told; with nothing known nothing is", () => {
  const once = seen({ id: "b", restartCount: 1 });

  assert.deepEqual(told(seen(), once), [`${again}, 1st time`]);
  assert.deepEqual(told(once), []);
  assert.equal(judgeRuns(undefined, seen({ restartCount: 4 })).runs.runs["a"]?.restarts, 4);
});

test("after a boot of the host that is why", () => {
  const booted = seen({ boot: "two", startStamp: 2000 });

  assert.deepEqual(told(seen({ boot: "one" }), booted), ["restarted: the host was started anew"]);
  assert.deepEqual(told(seen({ boot: "one" }), seen({ boot: "two", state: "exited", exitCode: 255 })), [
    "ended: the host was started anew, exit code 255",
  ]);
});

test("a loop is told one by one ten times, then together every ten minutes", () => {
  const looks = Array.from({ length: 30 }, (_, index) =>
    seen({ restartCount: index + 1, startStamp: 1001 + index, now: index * 60_000 }),
  );
  const lines = looks.map((_, index) => told(seen(), ...looks.slice(0, index + 1)));

  assert.deepEqual(
    lines.map(({ length }) => length),
    looks.map((_, index) => (index < 10 || index === 19 || index === 29 ? 1 : 0)),
  );
  assert.deepEqual(lines[19], [`${again}, 10 times, 20 in all`]);
});

test("a container that runs to its end is no matter of runs, and one that cannot be looked at is forgotten by nothing", () => {
  const known = judgeRuns(undefined, seen({ restartCount: 2 })).runs;
  const once = judgeRuns(known, { ...seen({ state: "exited" }), once: new Set([running.container]) });
  const unknown = judgeRuns(known, { ...seen(), containers: [], unknown: new Set(["a"]) });

  assert.deepEqual([once.events, once.runs.runs], [[], {}]);
  assert.deepEqual(unknown.runs.runs, known.runs);
  assert.deepEqual(judgeRuns(known, { ...seen(), containers: [] }).runs.runs, {});
});

/** What may happen between two looks at a container that the engine restarts by its policy. */
const happenings = fc.array(
  fc.array(fc.constantFrom("dies", "restarted by hand", "stopped by us", "started by us"), { maxLength: 4 }),
  { maxLength: 12 },
);

test("whatever happens, all deaths are counted, and nothing is told of what the agent did alone", () => {
  fc.assert(
    fc.property(happenings, (turns) => {
      let known = judgeRuns(undefined, seen()).runs;
      let [state, stamp, count, deaths] = [running.state, 1000, 0, 0];
      for (const turn of turns) {
        let [byOthers, byUs, died] = [0, 0, 0];
        for (const what of turn) {
          if (what === "dies" && state === "running") [stamp, count, died] = [stamp + 1, count + 1, died + 1];
          if (what === "restarted by hand") [state, stamp, count, byOthers] = ["running", stamp + 1, 0, byOthers + 1];
          if (what === "stopped by us") {
            known = withAct(known, "a", "stop");
            [state, byUs] = ["exited", byUs + 1];
          }
          if (what === "started by us" && state === "exited") {
            known = withAct(known, "a", "start");
            [state, stamp, count, byUs] = ["running", stamp + 1, 0, byUs + 1];
          }
        }
        const { runs, events } = judgeRuns(known, seen({ state, startStamp: stamp, restartCount: count }));
        if (byOthers + died === 0) assert.deepEqual(events, []);
        // a start by hand sets the engine's count back: then it is known that something was
        if (byOthers + byUs === 0) deaths += died;
        if (byUs === 0 && byOthers + died > 0) assert.ok(events.length > 0 || runs.runs["a"]?.untold !== undefined);
        assert.ok((runs.runs["a"]?.restarts ?? 0) >= deaths);
        assert.equal(runs.runs["a"]?.own, undefined);
        assert.deepEqual(judgeRuns(runs, seen({ state, startStamp: stamp, restartCount: count })).events, []);
        known = runs;
      }
    }),
    { numRuns: 500 },
  );
});

test("ordinals are those of English", () => {
  assert.deepEqual([1, 2, 3, 4, 11, 12, 13, 21, 102, 111, 112, 123].map(ordinal), [
    "1st",
    "2nd",
    "3rd",
    "4th",
    "11th",
    "12th",
    "13th",
    "21st",
    "102nd",
    "111th",
    "112th",
    "123rd",
  ]);
});
