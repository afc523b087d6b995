// Where the snapshot of a restore is found.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { inodeStamp } from "#agent/files/inode-stamp.ts";
import { createPatience } from "#agent/files/patience.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { etcdStartRule } from "#shared/expand/testing/etcd-start-rule-builder.ts";
import type { SnapshotSeen } from "#shared/state/observed.ts";
import { createSnapshotFinder } from "./find-snapshot.ts";

const { signal } = new AbortController();
const digestOf = (text: string): string => createHash("sha256").update(text).digest("hex");
const record = (text: string, bytes: number): string =>
  JSON.stringify({
    version: 1,
    cluster: "demo",
    member: "h1",
    clusterId: "c1",
    revision: 1,
    takenAt: "",
    sha256: digestOf(text),
    bytes,
    etcdVersion: "3.5.35",
    members: ["h1"],
    token: "demo",
  });

function prepared(context: TestContext) {
  const root = temporaryRoot(context);
  const open = new Set<string>();
  const realPaths = async (paths: readonly string[]) =>
    Promise.resolve(new Map(paths.map((path) => [path, { path, isWayGuarded: true, isGuarded: !open.has(path) }])));
  const patience = createPatience({ clock: new FakeClock({ auto: false }) });
  const clock = new FakeClock({ auto: false });
  const find = createSnapshotFinder({ tree: { realPaths }, hostRoot: root, patience, clock });
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(`${root}${path}`), { recursive: true });
    writeFileSync(`${root}${path}`, text);
  };
  const restore = { id: "r1", number: 1, clusterId: "1", ownClusterId: "1", open: true, lost: [], etcdutl: "etcdutl" };
  const directories = ["/backups", "/restore"];
  const look = async (text: string): Promise<SnapshotSeen> =>
    find(
      etcdStartRule({ dataDirectory: "/data/etcd", restore: { ...restore, sha256: digestOf(text), directories } }),
      signal,
    );
  return { root, open, put, look, clock };
}

const path = (seen: SnapshotSeen): string => ("path" in seen ? seen.path : seen.missing);

test("a file is found by its digest, whatever its name, with what room there is for the data", async (context) => {
  const { put, look } = prepared(context);
  put("/restore/any name", "snapshot");
  const seen = await look("snapshot");
  assert.equal(path(seen), "/restore/any name");
  assert.ok("path" in seen && seen.bytes === 8 && seen.freeBytes > 0);
});

test("backups come first, and a record that says otherwise is not read", async (context) => {
  const { put, look } = prepared(context);
  put("/restore/s", "snapshot");
  put("/backups/a.db", "snapshot");
  put("/backups/a.db.json", record("another", 8));
  assert.equal(path(await look("snapshot")), "/restore/s");
  put("/backups/b.db", "snapshot");
  put("/backups/b.db.json", record("snapshot", 8));
  assert.equal(path(await look("snapshot")), "/backups/b.db");
});

test("a record that lies, a file that changed, a link and a half-written file are no snapshot", async (context) => {
  const { root, put, look } = prepared(context);
  put("/backups/a.db", "damaged!");
  put("/backups/a.db.json", record("snapshot", 8));
  put("/backups/.demo-h1-taking", "snapshot");
  put("/elsewhere", "snapshot");
  symlinkSync(`${root}/elsewhere`, `${root}/backups/link`);
  assert.equal(path(await look("snapshot")), "/backups: 1 file, none with this digest; /restore: not there");
  put("/restore/s", "snapshot");
  assert.equal(path(await look("snapshot")), "/restore/s");
  put("/restore/s", "changed!");
  utimesSync(`${root}/restore/s`, 1, 1);
  assert.match(path(await look("snapshot")), /\/restore: 1 file, none with this digest$/);
});

test("what was found is told with its stamp, unless it changed so lately that another change would not show", async (context) => {
  const { root, put, look, clock } = prepared(context);
  const stats = () => statSync(`${root}/restore/s`, { bigint: true });
  put("/restore/s", "snapshot");
  const stampOf = (seen: SnapshotSeen): string | undefined => ("path" in seen ? seen.stamp : "no snapshot");
  assert.equal(stampOf(await look("snapshot")), inodeStamp(stats()));
  put("/restore/s", "another!");
  assert.match(path(await look("snapshot")), /none with this digest/);
  put("/restore/s", "snapshot");
  const since = (ms: number): void => clock.setBy(Number(stats().ctimeMs) + ms - clock.wall().epochMs);
  for (const ms of [-1000, 0, 1000]) {
    since(ms);
    assert.equal(stampOf(await look("snapshot")), undefined, `${ms} ms`);
  }
  since(3000);
  assert.equal(stampOf(await look("snapshot")), inodeStamp(stats()));
});

test("a directory that others may change, or that cannot be read, is told and the other one looked at", async (context) => {
  const { root, open, put, look } = prepared(context);
  put("/backups/s", "snapshot");
  put("/restore/s", "snapshot");
  open.add("/backups");
  assert.equal(path(await look("snapshot")), "/restore/s");
  rmSync(`${root}/restore`, { recursive: true });
  writeFileSync(`${root}/restore`, "no directory");
  chmodSync(`${root}/restore`, 0o600);
  assert.match(
    path(await look("snapshot")),
    /^\/backups: it, or a directory above it, can be changed by somebody besides root; \/restore: .*ENOTDIR/,
  );
});
