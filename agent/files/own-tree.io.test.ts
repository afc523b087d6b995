// Directories that go to another user, on a real file system: only what was the former users' own, no link followed.
import assert from "node:assert/strict";
import { chmodSync, chownSync, lchownSync, linkSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { onTheWay } from "#shared/reconcile/container/given-directories.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { runCommit } from "./commit-command.ts";

const skip = process.getuid?.() === 0 ? false : "only root gives files to others";
const data = "/var/lib/etcd";
const own = `own:keep:8:9:7.7,6.6:${data}`;

function setUp(context: TestContext) {
  const root = temporaryRoot(context);
  const lines: string[] = [];
  const commit = async (argument = own): Promise<number> =>
    runCommit([argument], { root, stage: `${root}/stage`, print: (line) => lines.push(line) });
  const theirs = (path: string, id: number, mode: number): void => {
    chownSync(root + path, id, id);
    chmodSync(root + path, mode);
  };
  const directory = (path: string, id: number, mode = 0o700): void => {
    mkdirSync(root + path, { recursive: true });
    theirs(path, id, mode);
  };
  const file = (path: string, id: number, mode = 0o600): void => {
    writeFileSync(root + path, path);
    theirs(path, id, mode);
  };
  const of = (path: string): string => {
    const { mode, uid, gid } = lstatSync(root + path);
    return `${(mode & 0o7777).toString(8)} ${uid}:${gid}`;
  };
  directory(data, 7);
  directory(`${data}/member`, 7);
  file(`${data}/member/db`, 7);
  return { root, lines, commit, directory, file, of };
}

test("a directory goes to another user with all in it that was the former one's", { skip }, async (context) => {
  const { root, commit, file, directory, of } = setUp(context);
  directory(`${data}/lost+found`, 0);
  file(`${data}/lost+found/7`, 7);
  file(`${data}/backup`, 0, 0o644);
  file(`${data}/older`, 6, 0o640);

  const code = await commit();

  assert.equal(code, 0);
  assert.deepEqual(
    ["", "/member", "/member/db", "/older", "/lost+found", "/lost+found/7", "/backup"].map((path) => of(data + path)),
    ["700 8:9", "700 8:9", "600 8:9", "640 8:9", "700 0:0", "600 7:7", "644 0:0"],
  );
  lchownSync(root + data, 7, 7);
  assert.deepEqual([await commit(), of(data)], [0, "700 8:9"], "and the same again");
});

test("links in it are given and not followed", { skip }, async (context) => {
  const { root, commit, file, of } = setUp(context);
  file("/secret", 7);
  symlinkSync("/secret", `${root}${data}/absolute`);
  symlinkSync("../../../secret", `${root}${data}/relative`);
  for (const name of ["absolute", "relative"]) lchownSync(`${root}${data}/${name}`, 7, 7);

  const code = await commit();

  assert.equal(code, 0);
  assert.match(of(`${data}/relative`), /8:9$/);
  assert.match(of(`${data}/absolute`), /8:9$/);
  assert.equal(of("/secret"), "600 7:7");
});

test(
  "somebody else's file that has a name in there stays his; one of two names is its owner's alone",
  { skip },
  async (context) => {
    const { root, commit, file, of } = setUp(context);
    file("/shadow", 0, 0o640);
    linkSync(`${root}/shadow`, `${root}${data}/shadow`);
    file("/tmp-name", 7, 0o666);
    linkSync(`${root}/tmp-name`, `${root}${data}/wal`);

    const code = await commit();

    assert.equal(code, 0);
    assert.equal(of("/shadow"), "640 0:0");
    assert.equal(of("/tmp-name"), "600 8:9");
  },
);

test("nobody but the owner may write in a directory that was given", { skip }, async (context) => {
  const { commit, directory, of } = setUp(context);
  directory(`${data}/open`, 7, 0o777);

  await commit();

  assert.equal(of(`${data}/open`), "755 8:9");
});

test("one that was root's on the way when it was cut goes on", { skip }, async (context) => {
  const { root, commit, file, of } = setUp(context);
  chownSync(root + data, onTheWay.uid, onTheWay.gid);
  chownSync(`${root}${data}/member`, 8, 9);
  file(`${data}/member/later`, 7);

  const code = await commit();

  assert.equal(code, 0);
  assert.deepEqual([of(data), of(`${data}/member/db`), of(`${data}/member/later`)], ["700 8:9", "600 8:9", "600 8:9"]);
});

test("a directory of somebody who never ran the component is refused as it is", { skip }, async (context) => {
  const { lines, commit, directory, of } = setUp(context);
  directory(data, 5);

  const code = await commit();

  assert.equal(code, 73);
  assert.match(lines.join(), /"path":"\/var\/lib\/etcd","reason":"it belongs to 5:5, who never ran the component"/);
  assert.deepEqual([of(data), of(`${data}/member/db`)], ["700 5:5", "600 7:7"]);
});

test("a link of a user's in its place is refused, one of root's is where it is", { skip }, async (context) => {
  const { root, commit, directory, file, of } = setUp(context);
  directory("/srv/etcd", 7);
  file("/srv/etcd/db", 7);
  symlinkSync("/srv/etcd", `${root}/var/lib/linked`);

  const code = await commit("own:keep:8:9:7.7:/var/lib/linked");
  lchownSync(`${root}/var/lib/linked`, 7, 7);
  const refused = await commit("own:keep:8:9:7.7:/var/lib/linked");

  assert.deepEqual([code, of("/srv/etcd"), of("/srv/etcd/db")], [0, "700 8:9", "600 8:9"]);
  assert.equal(refused, 73);
});

test("only data and live directories of components can be given", async (context) => {
  const { commit } = setUp(context);

  const codes: number[] = [];
  for (const path of ["/etc", "/", "/var/lib", "/etc/kubernetes/etcd", "/var/lib/etcd/../x", "/usr/lib"])
    codes.push(await commit(`own:keep:8:9:7.7:${path}`));

  assert.deepEqual(codes, [64, 64, 64, 64, 64, 64]);
  assert.equal(await commit("own:keep:8:9:7.7:/etc/kubernetes/etcd/live"), 0, "what is not there needs nothing");
});

test(
  "a directory whose files come by themselves goes without them, with a mode of its own",
  { skip },
  async (context) => {
    const { commit, directory, file, of } = setUp(context);
    directory("/etc/kubernetes/etcd/live", 7);
    file("/etc/kubernetes/etcd/live/peer.key", 7);

    const code = await commit("own-top:0750:8:9:7.7:/etc/kubernetes/etcd/live");

    assert.equal(code, 0);
    assert.deepEqual(
      [of("/etc/kubernetes/etcd/live"), of("/etc/kubernetes/etcd/live/peer.key")],
      ["750 8:9", "600 7:7"],
    );
  },
);

test(
  "a file with a second name runs as nobody's new user, whatever its former one had set",
  { skip },
  async (context) => {
    const { root, commit, file, of } = setUp(context);
    file(`${data}/tool`, 7, 0o6755);
    linkSync(`${root}${data}/tool`, `${root}/second`);

    const code = await commit();

    assert.deepEqual([code, of("/second")], [0, "700 8:9"]);
  },
);
