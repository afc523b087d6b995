// Contract rows: files through the archive calls, with the traps of the real thing.
import assert from "node:assert/strict";
import { contentsAt, putBelowHost } from "./archive-calls.ts";
import { hostDirectory, hostMount, tarOf, type Row } from "./bench.ts";

const directory = `${hostMount}${hostDirectory}`;
const inHost = hostDirectory.slice(1);

export const archiveRows: readonly Row[] = [
  {
    name: "an upload to the mounted host keeps modes, owners and times, and makes missing parents",
    run: async (bench) => {
      const id = await bench.hostContainer();
      const mtime = new Date("2020-02-02T02:02:02Z");

      await putBelowHost(bench, id, [
        { name: `${inHost}/a/b/key`, mode: 0o600, uid: 1234, gid: 2345, mtime, content: "secret" },
      ]);

      const [file] = await contentsAt(bench, id, `${directory}/a/b/key`);
      assert.equal(file?.content, "secret");
      assert.equal(file.header.name, "key");
      // Docker 20.10 adds the file type
      assert.equal((file.header.mode ?? 0) & 0o7777, 0o600);
      assert.deepEqual([file.header.uid, file.header.gid], [1234, 2345]);
      assert.equal(file.header.mtime?.getTime(), mtime.getTime());
      const parent = await bench.engine.statArchive(id, `${directory}/a/b`);
      assert.deepEqual([parent?.type, parent?.mode], ["directory", 0o755]);
    },
  },
  {
    name: "HEAD tells type, size, time and special mode bits",
    run: async (bench) => {
      const id = await bench.hostContainer();
      const mtime = new Date("2021-01-01T00:00:00Z");
      await putBelowHost(bench, id, [
        { name: `${inHost}/head/setuid`, mode: 0o4755, mtime, content: "12345" },
        { name: `${inHost}/head/sticky/`, mode: 0o1777 },
        { name: `${inHost}/head/setgid/`, mode: 0o2750 },
      ]);

      const file = await bench.engine.statArchive(id, `${directory}/head/setuid`);
      const sticky = await bench.engine.statArchive(id, `${directory}/head/sticky`);
      const setgid = await bench.engine.statArchive(id, `${directory}/head/setgid`);

      assert.deepEqual(file, {
        name: "setuid",
        size: 5,
        mode: 0o4755,
        type: "file",
        modifiedAt: mtime.getTime(),
        linkTarget: "",
      });
      assert.deepEqual([sticky?.type, sticky?.mode], ["directory", 0o1777]);
      assert.equal(setgid?.mode, 0o2750);
    },
  },
  {
    name: "nothing at a path is undefined for HEAD and ENGINE_NOT_FOUND for GET and PUT",
    run: async (bench) => {
      const id = await bench.hostContainer();
      const tar = await tarOf([{ name: "x", content: "x" }]);

      assert.equal(await bench.engine.statArchive(id, `${directory}/nothing`), undefined);
      await assert.rejects(bench.engine.getArchive(id, `${directory}/nothing`), { code: "ENGINE_NOT_FOUND" });
      await assert.rejects(bench.engine.putArchive(id, `${directory}/nothing`, tar), { code: "ENGINE_NOT_FOUND" });
    },
  },
  {
    name: "HEAD of a container that is not there is ENGINE_NOT_FOUND",
    run: async ({ engine }) => {
      await assert.rejects(engine.statArchive("no-such-container", "/etc"), { code: "ENGINE_NOT_FOUND" });
    },
  },
  {
    name: "HEAD below a file and an upload into a file are refused",
    run: async (bench) => {
      const id = await bench.hostContainer();
      await putBelowHost(bench, id, [{ name: `${inHost}/plain`, content: "x" }]);
      const tar = await tarOf([{ name: "x", content: "x" }]);

      await assert.rejects(bench.engine.statArchive(id, `${directory}/plain/below`), { code: "ENGINE_REFUSED" });
      await assert.rejects(bench.engine.putArchive(id, `${directory}/plain`, tar), { code: "ENGINE_REFUSED" });
    },
  },
  {
    name: "trap: a directory entry resets mode and owner of a directory that is there, and keeps what is in it",
    run: async (bench) => {
      const id = await bench.hostContainer();
      await putBelowHost(bench, id, [
        { name: `${inHost}/reset/`, mode: 0o711, uid: 1, gid: 1 },
        { name: `${inHost}/reset/kept`, content: "kept" },
      ]);

      await putBelowHost(bench, id, [{ name: `${inHost}/reset/`, mode: 0o700, uid: 3, gid: 4 }]);

      const [itself, kept] = await contentsAt(bench, id, `${directory}/reset`);
      assert.deepEqual([(itself?.header.mode ?? 0) & 0o7777, itself?.header.uid, itself?.header.gid], [0o700, 3, 4]);
      assert.equal(kept?.content, "kept");
    },
  },
  {
    name: "a directory entry at the end opens a directory that was closed while files came into it",
    run: async (bench) => {
      const id = await bench.hostContainer();

      await putBelowHost(bench, id, [
        { name: `${inHost}/closed/`, mode: 0o700, uid: 0, gid: 0 },
        { name: `${inHost}/closed/deep/`, mode: 0o700, uid: 0, gid: 0 },
        { name: `${inHost}/closed/deep/file`, content: "x", uid: 3, gid: 4 },
        { name: `${inHost}/closed/deep/`, mode: 0o2750, uid: 200_000, gid: 4 },
        { name: `${inHost}/closed/`, mode: 0o711, uid: 3, gid: 4 },
      ]);

      const found = await contentsAt(bench, id, `${directory}/closed`);
      assert.deepEqual(
        found.map(({ header: { mode, uid, gid } }) => [(mode ?? 0) & 0o7777, uid, gid]),
        [
          [0o711, 3, 4],
          [0o2750, 200_000, 4],
          [0o644, 3, 4],
        ],
      );
    },
  },
  {
    name: "a directory never replaces a link to a directory",
    run: async (bench) => {
      const id = await bench.hostContainer();
      await putBelowHost(bench, id, [
        { name: `${inHost}/real/file`, content: "x" },
        { name: `${inHost}/link`, link: "real" },
      ]);

      await assert.rejects(putBelowHost(bench, id, [{ name: `${inHost}/link/`, mode: 0o755 }]), {
        code: "ENGINE_REFUSED",
      });

      assert.equal((await bench.engine.statArchive(id, `${directory}/link`))?.type, "symlink");
    },
  },
  {
    name: "a file never replaces a directory, nor a directory a file",
    run: async (bench) => {
      const id = await bench.hostContainer();
      await putBelowHost(bench, id, [
        { name: `${inHost}/full/file`, content: "kept" },
        { name: `${inHost}/single`, content: "kept" },
      ]);

      await assert.rejects(putBelowHost(bench, id, [{ name: `${inHost}/full`, content: "x" }]), {
        code: "ENGINE_REFUSED",
      });
      await assert.rejects(putBelowHost(bench, id, [{ name: `${inHost}/single/`, mode: 0o755 }]), {
        code: "ENGINE_REFUSED",
      });

      assert.equal((await contentsAt(bench, id, `${directory}/full/file`))[0]?.content, "kept");
      assert.equal((await contentsAt(bench, id, `${directory}/single`))[0]?.content, "kept");
    },
  },
  {
    name: "trap: an upload that fails in the middle keeps what came before",
    run: async (bench) => {
      const id = await bench.hostContainer();
      await putBelowHost(bench, id, [{ name: `${inHost}/half/blocked/file`, content: "x" }]);

      const entries = [
        { name: `${inHost}/half/first`, content: "first" },
        { name: `${inHost}/half/blocked`, content: "x" },
        { name: `${inHost}/half/last`, content: "last" },
      ];
      await assert.rejects(putBelowHost(bench, id, entries), { code: "ENGINE_REFUSED" });

      assert.equal((await contentsAt(bench, id, `${directory}/half/first`))[0]?.content, "first");
      assert.equal(await bench.engine.statArchive(id, `${directory}/half/last`), undefined);
    },
  },
  {
    name: "an upload that breaks off is refused",
    run: async (bench) => {
      const id = await bench.hostContainer();
      const tar = await tarOf([{ name: `${inHost}/torn`, content: "x".repeat(10_000) }]);

      await assert.rejects(bench.engine.putArchive(id, hostMount, tar.subarray(0, 4096)), { code: "ENGINE_REFUSED" });
    },
  },
  {
    name: "trap: a relative link on the way is followed, an absolute one leads out of the mount",
    run: async (bench) => {
      const id = await bench.hostContainer();
      await putBelowHost(bench, id, [
        { name: `${inHost}/target/file`, content: "x" },
        { name: `${inHost}/relative`, link: "target" },
        { name: `${inHost}/absolute`, link: `${hostDirectory}/target` },
      ]);

      const link = await bench.engine.statArchive(id, `${directory}/relative`);
      const absolute = await bench.engine.statArchive(id, `${directory}/absolute`);

      assert.deepEqual([link?.type, link?.linkTarget], ["symlink", `${directory}/target`]);
      assert.deepEqual([absolute?.type, absolute?.linkTarget], ["symlink", `${hostDirectory}/target`]);
      assert.equal((await bench.engine.statArchive(id, `${directory}/relative/file`))?.type, "file");
      assert.equal(await bench.engine.statArchive(id, `${directory}/absolute/file`), undefined);
    },
  },
  {
    name: "a file over a link replaces the link and not its target",
    run: async (bench) => {
      const id = await bench.hostContainer();
      await putBelowHost(bench, id, [
        { name: `${inHost}/aim`, content: "untouched" },
        { name: `${inHost}/pointer`, link: "aim" },
      ]);

      await putBelowHost(bench, id, [{ name: `${inHost}/pointer`, content: "new" }]);

      assert.equal((await contentsAt(bench, id, `${directory}/aim`))[0]?.content, "untouched");
      assert.equal((await contentsAt(bench, id, `${directory}/pointer`))[0]?.content, "new");
    },
  },
  {
    name: "a read-only root refuses uploads outside of mounts, a read-only mount all",
    run: async (bench) => {
      const tar = await tarOf([{ name: "x", content: "x" }]);
      const id = await bench.hostContainer();
      const mounts = [{ source: "/", target: hostMount, readOnly: true, propagation: "rslave" }] as const;
      const readOnly = await bench.hostContainer({ spec: { mounts, readOnlyRoot: false } });

      await assert.rejects(bench.engine.putArchive(id, "/etc", tar), { code: "ENGINE_REFUSED" });
      await assert.rejects(bench.engine.putArchive(readOnly, `${hostMount}/tmp`, tar), { code: "ENGINE_REFUSED" });
    },
  },
  {
    name: "a name that leaves the upload's directory is refused",
    run: async (bench) => {
      const id = await bench.hostContainer();
      const tar = await tarOf([{ name: "../outside", content: "x" }]);

      await assert.rejects(bench.engine.putArchive(id, `${hostMount}/tmp`, tar), { code: "ENGINE_REFUSED" });
    },
  },
  {
    name: "a container that was filled runs afterwards, and renames what was put beside",
    run: async (bench) => {
      const mounts = [{ source: "/", target: hostMount, readOnly: false, propagation: "rslave" }] as const;
      const id = await bench.create("renames", { spec: { mounts, readOnlyRoot: true } });
      await putBelowHost(bench, id, [
        { name: `${inHost}/old`, content: "old" },
        { name: `${inHost}/new`, content: "new" },
      ]);

      await bench.engine.start(id);

      assert.equal(await bench.engine.wait(id), 0);
      assert.equal((await contentsAt(bench, id, `${directory}/old`))[0]?.content, "new");
      assert.equal(await bench.engine.statArchive(id, `${directory}/new`), undefined);
    },
  },
];
