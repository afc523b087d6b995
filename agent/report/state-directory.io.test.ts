import assert from "node:assert/strict";
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { execFileSync } from "node:child_process";
import { pid } from "node:process";
import { test, type TestContext } from "node:test";
import { processTime } from "#lab/processor-time.ts";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { createPatience } from "#agent/files/patience.ts";
import { buildComponent, buildReport } from "#agent/testing/build-report.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { emptyLedger } from "#shared/state/ledger.ts";
import type { HostEvent } from "./host-event.ts";
import { createMemoryState } from "./memory-state.ts";
import { stateFiles } from "./state-files.ts";
import { openStateDirectory } from "./state-directory.ts";
import type { StateStore } from "./state-store.ts";

const clock = new FakeClock({ now: Date.now() });
const patience = createPatience({ clock });

async function setUp(context: TestContext) {
  const directory = `${temporaryRoot(context)}/flexkube`;
  const open = async (): Promise<StateStore> => openStateDirectory({ directory, clock, patience });
  return { directory, open, store: await open() };
}

function event(cause: string): HostEvent {
  return { at: "2026-01-01T00:00:00.000Z", kind: "started", component: "etcd", container: "etcd-h1", cause };
}

for (const [where, create] of [
  ["on disk", async (context: TestContext) => (await setUp(context)).store],
  ["in memory", async () => Promise.resolve(createMemoryState())],
] as const) {
  test(`${where}: an empty store knows nothing`, async (context) => {
    const store = await create(context);

    assert.deepEqual(await store.readLedger(), { ledger: emptyLedger });
    assert.equal(await store.readConfig("in-force"), undefined);
    assert.equal(await store.readReport(), undefined);
    assert.deepEqual(await store.readEvents(10), []);
    assert.equal(await store.stoppedSince(), undefined);
  });

  test(`${where}: what was written is read`, async (context) => {
    const store = await create(context);
    const ledger = { ...emptyLedger, proven: { "etcd-h1": "d" } };
    const sightings = { version: 1, boot: "b", leases: { a: { version: "7", atMs: 5 } } } as const;

    await store.writeLedger(ledger);
    await store.writeConfig("in-force", "a: 1\n");
    await store.writeConfig("last-good", "a: 0\n");
    await store.writeReport(buildReport({ tick: 9 }));
    await store.writeSightings(sightings);
    await store.setStopped("2026-01-02T00:00:00.000Z");

    assert.deepEqual(await store.readLedger(), { ledger: { ...ledger, known: true } });
    assert.deepEqual(await store.readSightings(), sightings);
    assert.equal(await store.readConfig("in-force"), "a: 1\n");
    assert.equal(await store.readConfig("last-good"), "a: 0\n");
    assert.deepEqual(await store.readReport(), buildReport({ tick: 9 }));
    assert.equal(await store.stoppedSince(), "2026-01-02T00:00:00.000Z");
    await store.setStopped(undefined);
    await store.setStopped(undefined);
    assert.equal(await store.stoppedSince(), undefined);
  });

  test(`${where}: the newest events are read, oldest first`, async (context) => {
    const store = await create(context);

    for (const cause of ["1", "2", "3"]) await store.appendEvent(event(cause));

    assert.deepEqual(
      (await store.readEvents(2)).map(({ cause }) => cause),
      ["2", "3"],
    );
    assert.deepEqual(await store.readEvents(0), []);
  });

  test(`${where}: a program's output is bounded`, async (context) => {
    const store = await create(context);

    await store.appendEvent({ ...event("c"), output: `${"line\n".repeat(80)}${"x".repeat(9000)}\n` });

    const lines = (await store.readEvents(1))[0]?.output?.split("\n") ?? [];
    assert.equal(lines.length, 50);
    assert.equal(lines.at(-1)?.length, 501);
  });
}

test("files are 0600 in a directory of 0700, and no temporary file stays", async (context) => {
  const { directory, store } = await setUp(context);

  await store.writeLedger(emptyLedger);
  await store.writeConfig("in-force", "secret");
  await store.appendEvent(event("c"));

  assert.equal(statSync(directory).mode & 0o777, 0o700);
  assert.deepEqual(readdirSync(directory).toSorted(), ["events.jsonl", "in-force.yaml", "ledger.json"]);
  for (const name of readdirSync(directory)) assert.equal(statSync(`${directory}/${name}`).mode & 0o777, 0o600, name);
});

test("entries of a ledger that no agent has written are left out with a warning, and stop nothing", async (context) => {
  const directory = temporaryRoot(context);
  const store = await openStateDirectory({ directory, clock, patience: createPatience({ clock }) });
  const entry = (component: string): object => ({ component, digest: "" });
  const files = {
    "/etc/web.conf": entry("web"),
    ...Object.fromEntries(
      [
        "etc/shadow",
        "/etc/kubernetes/../hostname",
        "",
        "/",
        "//etc/hosts",
        "/etc/hosts/",
        "/etc/hosts\0x",
        "/a/./b",
        "/..",
      ].map((path) => [path, entry("gone")]),
    ),
    ...Object.fromEntries(["", "..", "../..", "a/b", "a\0b", "."].map((name, at) => [`/etc/${at}`, entry(name)])),
  };
  const text = JSON.stringify({ ...emptyLedger, files, directories: ["/etc/web", "/etc/..", "x"] });
  writeFileSync(`${directory}/ledger.json`, text);

  const { ledger, warning } = await store.readLedger();

  assert.deepEqual(Object.keys(ledger.files), ["/etc/web.conf"]);
  assert.deepEqual([ledger.directories, ledger.known], [["/etc/web"], true]);
  assert.equal(warning, "17 entries of the ledger are left out: no agent wrote them");
});

test("a damaged ledger is a lost one with a warning", async (context) => {
  const { directory, store } = await setUp(context);
  mkdirSync(directory);

  for (const text of ["", "{", '{"version":2}', '{"version":1,"files":[]}']) {
    writeFileSync(`${directory}/ledger.json`, text);
    const { ledger, warning } = await store.readLedger();
    assert.deepEqual([ledger, typeof warning], [emptyLedger, "string"], text);
  }
});

test("a damaged report is none", async (context) => {
  const { directory, store } = await setUp(context);
  mkdirSync(directory);
  writeFileSync(`${directory}/report.json`, '{"version":1,');

  assert.equal(await store.readReport(), undefined);
});

test("a torn line costs one event", async (context) => {
  const { directory, store } = await setUp(context);
  await store.appendEvent(event("1"));
  appendFileSync(`${directory}/events.jsonl`, '{"at":"2026-01-01T00:00');

  await store.appendEvent(event("2"));

  assert.deepEqual(
    (await store.readEvents(10)).map(({ cause }) => cause),
    ["1", "2"],
  );
});

test("the event log is rotated at 1 MiB and keeps one older file", async (context) => {
  const { directory, store } = await setUp(context);
  await store.appendEvent(event("oldest"));
  for (const cause of ["a", "b"]) {
    appendFileSync(`${directory}/events.jsonl`, `${" ".repeat(1024 * 1024)}\n`);
    await store.appendEvent(event(cause));
  }

  const causes = (await store.readEvents(10)).map(({ cause }) => cause);

  assert.deepEqual(causes, ["a", "b"]);
  assert.ok(statSync(`${directory}/events.jsonl`).size < 1024);
});

test("a disk that takes nothing is FILES_UNWRITABLE, the old content stays and so does no temporary file", async (context) => {
  const { directory, store } = await setUp(context);
  await store.writeConfig("in-force", "old");
  mkdirSync(`${directory}/report.json`);

  await assert.rejects(store.writeReport(buildReport()), (error) => isFlexkubeError(error, "FILES_UNWRITABLE"));

  assert.equal(readFileSync(`${directory}/in-force.yaml`, "utf8"), "old");
  assert.deepEqual(readdirSync(directory).toSorted(), ["in-force.yaml", "report.json"]);
});

test("a directory that is a file is FILES_UNWRITABLE for every write and no state for every read", async (context) => {
  const { directory, store } = await setUp(context);
  writeFileSync(directory, "");

  await assert.rejects(store.writeLedger(emptyLedger), (error) => isFlexkubeError(error, "FILES_UNWRITABLE"));
  await assert.rejects(store.appendEvent(event("c")), (error) => isFlexkubeError(error, "FILES_UNWRITABLE"));
  assert.deepEqual(await store.readLedger(), { ledger: emptyLedger });
});

test("what a killed writer left behind goes at the next start, what a living one writes stays", async (context) => {
  const { directory, open } = await setUp(context);
  mkdirSync(directory);
  for (const name of [".ledger.json.7.new", ".report.json.9.new"]) writeFileSync(`${directory}/${name}`, "half");
  utimesSync(`${directory}/.ledger.json.7.new`, 0, 0);
  chmodSync(directory, 0o755);

  await open();

  assert.deepEqual(readdirSync(directory), [".report.json.9.new"]);
});

test("what cannot be read is lost and told, and does not end anything", async (context) => {
  const { directory, store } = await setUp(context);
  for (const name of ["ledger.json", "in-force.yaml", "report.json", "stopped", "events.jsonl"])
    mkdirSync(`${directory}/${name}`, { recursive: true });
  const told: string[] = [];
  const telling = await openStateDirectory({
    directory,
    clock,
    patience,
    tell: ({ details }) => told.push(details.path),
  });

  assert.deepEqual(await telling.readLedger(), { ledger: emptyLedger });
  assert.equal(await telling.readConfig("in-force"), undefined);
  assert.equal(await telling.readReport(), undefined);
  assert.equal(await telling.stoppedSince(), undefined);
  assert.deepEqual(await store.readEvents(5), []);
  assert.deepEqual(
    told.map((path) => path.slice(directory.length + 1)),
    ["ledger.json", "in-force.yaml", "report.json", "stopped"],
  );
});

test("a directory that was removed is made again by the next write, with what it had forgotten", async (context) => {
  const { directory, store } = await setUp(context);
  await store.writeConfig("in-force", "a: 1\n");
  rmSync(directory, { recursive: true });

  await store.appendEvent(event("again"));

  assert.equal(await store.readConfig("in-force"), undefined);
  assert.deepEqual(readdirSync(directory), ["events.jsonl"]);
  assert.equal(await store.trouble(), undefined);
});

test("a directory that holds all that is ours, and nothing else, is closed to others again", async (context) => {
  const { directory, store } = await setUp(context);
  mkdirSync(directory);
  for (const name of stateFiles) writeFileSync(`${directory}/${name}`, "");
  chmodSync(directory, 0o755);

  await store.writeReport(buildReport());

  assert.equal(statSync(directory).mode & 0o777, 0o700);
});

test("the host configs, which hold secrets, and the ledger go at a word", async (context) => {
  const { directory, store } = await setUp(context);
  await store.writeConfig("in-force", "a: 1\n");
  await store.writeConfig("last-good", "a: 0\n");
  await store.writeLedger(emptyLedger);
  await store.writeReport(buildReport());

  await store.forget();

  assert.deepEqual(readdirSync(directory), ["report.json"]);
});

test("a state directory that is another one by mistake keeps its mode, and what stands in a file's way is not written into", async (context) => {
  const root = temporaryRoot(context);
  mkdirSync(`${root}/etc`, { mode: 0o755 });
  writeFileSync(`${root}/etc/passwd`, "");
  symlinkSync(`${root}/etc`, `${root}/flexkube`);
  const store = await openStateDirectory({ directory: `${root}/flexkube`, clock, patience });
  execFileSync("mkfifo", [
    `${root}/etc/.ledger.json.${pid}.new`,
    `${root}/etc/report.json`,
    `${root}/etc/events.jsonl`,
  ]);

  await store.writeLedger(emptyLedger);
  await store.writeReport(buildReport());
  await assert.rejects(store.appendEvent(event("a")), (error) => isFlexkubeError(error, "FILES_UNWRITABLE"));

  assert.equal(statSync(`${root}/etc`).mode & 0o777, 0o755);
  assert.equal((await store.readReport())?.tick, 7);
  assert.deepEqual(await store.readEvents(3), []);
});

test("a file where the state directory should be loses what was kept, and is told by each write", async (context) => {
  const root = temporaryRoot(context);
  writeFileSync(`${root}/flexkube`, "");
  const store = await openStateDirectory({ directory: `${root}/flexkube`, clock, patience });

  assert.deepEqual(await store.readLedger(), { ledger: emptyLedger });
  assert.equal(await store.readConfig("in-force"), undefined);
  await assert.rejects(store.writeLedger(emptyLedger), (error) => isFlexkubeError(error, "FILES_UNWRITABLE"));
  await assert.rejects(store.appendEvent(event("a")), (error) => isFlexkubeError(error, "FILES_UNWRITABLE"));
  assert.equal(await store.trouble(), "the state directory cannot be used (it is no directory)");
});

/** A store whose file system answers nothing any more once `hang` was called. */
async function mortal(context: TestContext) {
  const { directory, store } = await setUp(context);
  const auto = createPatience({ clock: new FakeClock({ auto: true }) });
  let isDead = false;
  const told: string[] = [];
  const dying = await openStateDirectory({
    directory,
    clock,
    patience: {
      run: async (place, act, about) =>
        isDead ? auto.run(place, async () => new Promise(() => undefined), about) : patience.run(place, act, about),
    },
    tell: ({ details }) => told.push(details.reason),
  });
  const hang = (): void => void (isDead = true);
  return { directory, store, dying, hang, told };
}

test("on a file system that does not answer what is kept is lost and told, and every write is refused", async (context) => {
  const { dying, hang, told } = await mortal(context);
  await dying.writeLedger({ ...emptyLedger, proven: { web: "d" } });
  await dying.writeConfig("in-force", "a: 1\n");

  hang();

  assert.deepEqual(await dying.readLedger(), { ledger: emptyLedger });
  assert.equal(await dying.readConfig("in-force"), undefined);
  assert.equal(await dying.readReport(), undefined);
  assert.deepEqual(await dying.readEvents(3), []);
  const writes = [
    () => dying.writeLedger(emptyLedger),
    () => dying.writeConfig("last-good", ""),
    () => dying.writeReport(buildReport()),
    () => dying.appendEvent(event("a")),
    () => dying.setStopped(undefined),
    () => dying.forget(),
  ];
  for (const write of writes)
    await assert.rejects(write, (error) => isFlexkubeError(error, "FILES_UNWRITABLE"), write.toString());
  assert.match((await dying.trouble()) ?? "", /cannot be used \(its file system has not answered yet\)/);
  assert.match(told[0] ?? "", /does not answer within 3 s/);
});

test("a store on a file system that does not answer can be opened", async (context) => {
  const { directory } = await setUp(context);
  const silent = createPatience({ clock: new FakeClock({ auto: true }) });
  const never = async (): Promise<never> => new Promise(() => undefined);

  const store = await openStateDirectory({
    directory,
    clock,
    patience: { run: async (place, _act, about) => silent.run(place, never, about) },
  });

  assert.equal(await store.readConfig("in-force"), undefined);
});

test("a host that was reset stays so when the state directory cannot be read any more", async (context) => {
  const { dying, hang } = await mortal(context);
  await dying.setStopped("2026-01-02T00:00:00.000Z");
  assert.equal(await dying.stoppedSince(), "2026-01-02T00:00:00.000Z");

  hang();

  assert.equal(await dying.stoppedSince(), "2026-01-02T00:00:00.000Z");
});

test("a mark of a reset with anything in it is one, and is shown no longer than a time is", async (context) => {
  const { directory, store } = await setUp(context);
  mkdirSync(directory, { recursive: true });
  writeFileSync(`${directory}/stopped`, "x".repeat(1_000_000));

  assert.equal((await store.stoppedSince())?.length, 64);
});

test("sparse gigabytes in place of any file are not read", async (context) => {
  const { directory, store } = await setUp(context);
  mkdirSync(directory, { recursive: true });
  const names = ["ledger.json", "in-force.yaml", "report.json", "delivery.json", "sightings.json", "events.jsonl"];
  for (const name of names) {
    writeFileSync(`${directory}/${name}`, "");
    truncateSync(`${directory}/${name}`, 3 * 1024 ** 3);
  }
  const spent = processTime();

  assert.deepEqual(await store.readLedger(), { ledger: emptyLedger });
  assert.equal(await store.readConfig("in-force"), undefined);
  assert.equal(await store.readReport(), undefined);
  assert.equal(await store.readDelivery(), undefined);
  assert.equal(await store.readSightings(), undefined);
  assert.deepEqual(await store.readEvents(3), []);
  assert.ok(spent() < 1000);
  await store.writeLedger(emptyLedger);
  await store.appendEvent(event("a"));
  assert.deepEqual((await store.readEvents(3)).length, 1);
});

test("a count below zero and a time that no clock shows are damage: /metrics could not tell the one, nobody the other", async (context) => {
  const { directory, store } = await setUp(context);
  const run = { restartCount: 0, restarts: 0 };
  const component = buildComponent();
  const etcdBackup = { directory: "/b", everyMs: 1, kept: 0, damaged: [], failures: 0 };
  await store.writeRuns({ runs: { c: run } });
  await store.writeCare({
    version: 1,
    cluster: "c",
    member: "m",
    defragmentedAt: 8.64e15,
    disarm: { at: 0, done: true },
  });
  await store.writeReport(buildReport({ components: [{ ...component, restarts: 0 }], etcdBackup }));
  const whole = [await store.readRuns(), await store.readCare(), await store.readReport()];
  assert.ok(whole.every((each) => each !== undefined));
  const keep = (name: string, value: unknown): void => writeFileSync(`${directory}/${name}`, JSON.stringify(value));

  for (const wrong of [{ restartCount: -1 }, { restarts: -3 }, { untold: -1 }, { restarts: 0.5 }]) {
    keep("runs.json", { runs: { c: { ...run, ...wrong } } });
    assert.equal(await store.readRuns(), undefined, JSON.stringify(wrong));
  }
  for (const wrong of [{ defragmentedAt: 8.65e15 }, { disarm: { at: -8.65e15, done: true } }]) {
    keep("care.json", { version: 1, cluster: "c", member: "m", ...wrong });
    assert.equal(await store.readCare(), undefined, JSON.stringify(wrong));
  }
  for (const wrong of [
    { components: [{ ...component, restarts: -3 }] },
    { etcdBackup: { ...etcdBackup, failures: -1 } },
  ]) {
    keep("report.json", buildReport(wrong));
    assert.equal(await store.readReport(), undefined, JSON.stringify(wrong));
  }
});
