import assert from "node:assert/strict";
import { test } from "node:test";
import { contentDigest } from "#shared/canonical.ts";
import type { FileCommit } from "#shared/state/step.ts";
import { arrangeCommit, pathsOf } from "./arrange-commit.ts";
import type { RealPath } from "./host-tree.ts";

const sealed = `/etc/kubernetes/etcd/${"ab".repeat(16)}`;

function file(path: string): FileCommit["replaced"][number] {
  return { path, content: path, digest: contentDigest(path), mode: 0o600, uid: 7, gid: 8, component: "etcd" };
}

function directory(path: string, mode = 0o700, uid = 7): FileCommit["directories"][number] {
  return { path, mode, uid, gid: uid, components: ["etcd"] };
}

/** `unguarded`: directories in which somebody besides root may write. */
function arrange(changes: Partial<FileCommit>, unguarded: readonly string[] = []) {
  const commit = { directories: [], fresh: [], replaced: [], removed: [], ...changes };
  const real = pathsOf(commit).map((path): [string, RealPath] => {
    const isWayGuarded = !unguarded.some((other) => path.startsWith(`${other}/`));
    return [path, { path, isWayGuarded, isGuarded: isWayGuarded && !unguarded.includes(path) }];
  });
  const { upload, staged, args } = arrangeCommit(commit, new Map(real), 0);
  const words = ({ name, mode, uid }: (typeof upload)[number]): string => `${name} ${mode.toString(8)} ${uid}`;
  return { upload: upload.map(words), staged: staged.map(words), args };
}

test("a directory of a component's user is root's alone until all that belongs in it is there", () => {
  const { upload, args } = arrange({
    directories: [directory(sealed), directory(`${sealed}/pki`), directory("/var/lib/etcd")],
    fresh: [file(`${sealed}/pki/key`), file(`${sealed}/config`)],
  });

  const name = sealed.slice(1);
  assert.deepEqual(upload, [
    `${name} 700 0`,
    `${name}/pki 700 0`,
    "var/lib/etcd 700 7",
    `${name}/pki/key 600 7`,
    `${name}/config 600 7`,
    `${name}/pki 700 7`,
    `${name} 700 7`,
  ]);
  assert.deepEqual(args, []);
});

test("a directory of root's is written once", () => {
  const { upload } = arrange({ directories: [directory(sealed, 0o755, 0)], fresh: [file(`${sealed}/config`)] });

  assert.deepEqual(upload, [`${sealed.slice(1)} 755 0`, `${sealed.slice(1)}/config 600 7`]);
});

test("what is missing in a component's own directory that is there already is staged", () => {
  const { upload, staged, args } = arrange(
    { directories: [directory(sealed, 0o711)], fresh: [file(`${sealed}/config`)] },
    [sealed],
  );

  assert.deepEqual(upload, [`${sealed.slice(1)} 711 7`]);
  assert.deepEqual(staged, ["flexkube-stage/0 600 7"]);
  assert.deepEqual(args, [`place:0:0600:7:8:${sealed}/config`]);
});

test("directories are made before files are placed in them, and all before anything goes", () => {
  const { upload, args } = arrange(
    {
      directories: [directory("/home/u/a/b"), directory("/home/u/a")],
      fresh: [file("/home/u/a/b/c")],
      replaced: [file("/etc/d")],
      removed: [{ path: "/home/u/e", component: "etcd" }],
    },
    ["/home/u"],
  );

  assert.deepEqual(upload, ["etc/.d.flexkube-new 600 7"]);
  assert.deepEqual(args, [
    "make:0700:7:7:/home/u/a",
    "make:0700:7:7:/home/u/a/b",
    "place:0:0600:7:8:/home/u/a/b/c",
    "rename:/etc/d",
    "remove:/home/u/e",
  ]);
});
