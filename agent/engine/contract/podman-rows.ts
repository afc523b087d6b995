// What holds on Podman instead of a row, by the row's name, where the adapter does not make it alike. README.md says what each means.
import assert from "node:assert/strict";
import type { RestartPolicy } from "#shared/schema/words/words.ts";
import { contentsAt, putBelowHost } from "./archive-calls.ts";
import { hostDirectory, hostMount, tarOf, type Bench, type Row } from "./bench.ts";

const policies = ["always", "on-failure", "unless-stopped", "no"] as const satisfies readonly RestartPolicy[];
const directory = `${hostMount}${hostDirectory}`;
const inHost = hostDirectory.slice(1);

export const podmanRows: Readonly<Partial<Record<string, Row>>> = {
  "list finds containers in every state by a label's key or by key and value, the newest first": {
    name: "list finds containers in every state by a label's key or by key and value, in an order that tells seconds only",
    run: async (bench) => {
      const first = await bench.run("deaf", { labels: { "contract.row": "a" } });
      const second = await bench.create("deaf", { labels: { "contract.row": "b" } });
      const ids = async (label: string) => (await bench.engine.list({ label })).map((item) => item.id);

      assert.deepEqual(await ids("contract.row=a"), [first]);
      assert.deepEqual(await ids("contract.row=c"), []);
      assert.deepEqual((await ids("contract.row")).toSorted(), [second, first].toSorted());
    },
  },
  "the name it has already is refused by rename": {
    name: "the name it has already is taken by rename, which changes nothing",
    run: async (bench) => {
      const name = bench.name();
      const id = await bench.create("deaf", { name });

      await bench.engine.rename(id, name);

      assert.equal((await bench.engine.inspect(id)).name, name);
    },
  },
  "control groups are the host's or the container's own, as asked": {
    name: "control groups of version 1 are the host's, whatever was asked",
    run: async (bench) => {
      const namespaceOf = async (cgroupnsMode: "host" | "private"): Promise<string> => {
        const id = await bench.run("cgroups", { spec: { cgroupnsMode } });
        await bench.eventually(async () => (await bench.engine.logs(id, 10)).includes("\n"));
        return bench.engine.logs(id, 10);
      };
      assert.equal((await bench.engine.info()).cgroupVersion, "1");

      assert.equal(await namespaceOf("private"), await namespaceOf("host"));
    },
  },
  "a mount of the engine's own directory must not be private": {
    name: "a mount of the engine's own directory may be private",
    run: async (bench) => {
      const mounts = [{ source: "/", target: hostMount, readOnly: true, propagation: "rprivate" }] as const;

      await bench.run("deaf", { spec: { mounts } });
    },
  },
  "an upload to the mounted host keeps modes, owners and times, and makes missing parents": {
    name: "an upload to the mounted host keeps modes, owners and times, and makes missing parents; a download tells no owner",
    run: async (bench) => {
      const id = await bench.hostContainer();
      const mtime = new Date("2020-02-02T02:02:02Z");

      await putBelowHost(bench, id, [
        { name: `${inHost}/a/b/key`, mode: 0o600, uid: 1234, gid: 2345, mtime, content: "secret" },
      ]);

      const [file] = await contentsAt(bench, id, `${directory}/a/b/key`);
      assert.deepEqual([file?.content, file?.header.uid, file?.header.gid], ["secret", 0, 0]);
      assert.equal(file?.header.mtime?.getTime(), mtime.getTime());
      assert.deepEqual(await told(bench, "a/b/key", "a/b"), ["regular file 1234:2345 600", "directory 0:0 755"]);
    },
  },
  "HEAD below a file and an upload into a file are refused": {
    name: "below a file there is nothing for HEAD, and an upload into a file is refused",
    run: async (bench) => {
      const id = await bench.hostContainer();
      await putBelowHost(bench, id, [{ name: `${inHost}/plain`, content: "x" }]);
      const tar = await tarOf([{ name: "x", content: "x" }]);

      assert.equal(await bench.engine.statArchive(id, `${directory}/plain/below`), undefined);
      await assert.rejects(bench.engine.putArchive(id, `${directory}/plain`, tar), { code: "ENGINE_REFUSED" });
    },
  },
  "trap: a directory entry resets mode and owner of a directory that is there, and keeps what is in it": {
    name: "trap: a directory entry resets mode and owner of a directory that is there, which a program sees, and keeps what is in it",
    run: async (bench) => {
      const id = await bench.hostContainer();
      await putBelowHost(bench, id, [
        { name: `${inHost}/reset/`, mode: 0o711, uid: 1, gid: 1 },
        { name: `${inHost}/reset/kept`, content: "kept" },
      ]);

      await putBelowHost(bench, id, [{ name: `${inHost}/reset/`, mode: 0o700, uid: 3, gid: 4 }]);

      assert.deepEqual(await told(bench, "reset"), ["directory 3:4 700"]);
      assert.equal((await contentsAt(bench, id, `${directory}/reset/kept`))[0]?.content, "kept");
    },
  },
  "a directory entry at the end opens a directory that was closed while files came into it": {
    name: "a directory entry at the end opens a directory that was closed while files came into it, which a program sees",
    run: async (bench) => {
      await putBelowHost(bench, await bench.hostContainer(), [
        { name: `${inHost}/closed/`, mode: 0o700, uid: 0, gid: 0 },
        { name: `${inHost}/closed/deep/`, mode: 0o700, uid: 0, gid: 0 },
        { name: `${inHost}/closed/deep/file`, content: "x", uid: 3, gid: 4 },
        { name: `${inHost}/closed/deep/`, mode: 0o2750, uid: 200_000, gid: 4 },
        { name: `${inHost}/closed/`, mode: 0o711, uid: 3, gid: 4 },
      ]);

      assert.deepEqual(await told(bench, "closed", "closed/deep", "closed/deep/file"), [
        "directory 3:4 711",
        "directory 200000:4 2750",
        "regular file 3:4 644",
      ]);
    },
  },
  "a directory never replaces a link to a directory": {
    name: "a directory never replaces a link to a directory, which HEAD follows",
    run: async (bench) => {
      const id = await bench.hostContainer();
      await putBelowHost(bench, id, [
        { name: `${inHost}/real/file`, content: "x" },
        { name: `${inHost}/link`, link: "real" },
      ]);

      await assert.rejects(putBelowHost(bench, id, [{ name: `${inHost}/link/`, mode: 0o755 }]), {
        code: "ENGINE_REFUSED",
      });

      assert.match((await told(bench, "link"))[0] ?? "", /^symbolic link /);
      assert.equal((await bench.engine.statArchive(id, `${directory}/link`))?.type, "directory");
    },
  },
  "trap: a relative link on the way is followed, an absolute one leads out of the mount": {
    name: "trap: every link is followed, an absolute one below the mount",
    run: async (bench) => {
      const id = await bench.hostContainer();
      await putBelowHost(bench, id, [
        { name: `${inHost}/target/file`, content: "x" },
        { name: `${inHost}/relative`, link: "target" },
        { name: `${inHost}/absolute`, link: `${hostDirectory}/target` },
      ]);

      const link = await bench.engine.statArchive(id, `${directory}/relative`);

      assert.deepEqual([link?.type, link?.linkTarget], ["directory", ""]);
      assert.equal((await bench.engine.statArchive(id, `${directory}/relative/file`))?.type, "file");
      assert.equal((await bench.engine.statArchive(id, `${directory}/absolute/file`))?.type, "file");
    },
  },
  "a read-only root refuses uploads outside of mounts, a read-only mount all": {
    name: "trap: neither a read-only root nor a read-only mount refuses uploads, and what comes through the mount is on the host",
    run: async (bench) => {
      const tar = await tarOf([{ name: "x", content: "x" }]);
      const id = await bench.hostContainer();
      const mounts = [{ source: "/", target: hostMount, readOnly: true, propagation: "rslave" }] as const;
      const readOnly = await bench.hostContainer({ spec: { mounts, readOnlyRoot: false } });
      await putBelowHost(bench, id, [{ name: `${inHost}/filled/` }]);

      await bench.engine.putArchive(id, "/etc", tar);
      await bench.engine.putArchive(readOnly, `${directory}/filled`, tar);

      assert.equal((await contentsAt(bench, id, `${directory}/filled/x`))[0]?.content, "x");
    },
  },
  "a name that leaves the upload's directory is refused": {
    name: "a name that leaves the upload's directory stays in it",
    run: async (bench) => {
      const id = await bench.hostContainer();
      await putBelowHost(bench, id, [{ name: `${inHost}/deep/er/` }]);

      await bench.engine.putArchive(id, `${directory}/deep/er`, await tarOf([{ name: "../outside", content: "x" }]));

      assert.equal(await bench.engine.statArchive(id, `${directory}/deep/outside`), undefined);
      assert.equal((await contentsAt(bench, id, `${directory}/deep/er/outside`))[0]?.content, "x");
    },
  },
  "after a power cut every policy but `no` brings its containers back": {
    name: "after a power cut nothing comes back by itself, and what is started runs",
    run: async (bench) => {
      const ids: string[] = [];
      for (const restart of policies) ids.push(await bench.runReady("deaf", { restart }));

      await bench.subject.power.cut();
      await bench.subject.power.on();

      for (const id of ids) {
        const left = await bench.engine.inspect(id);
        assert.deepEqual([left.state, left.exitCode], ["exited", 0]);
        await bench.engine.start(id);
        assert.equal((await bench.engine.inspect(id)).state, "running");
      }
    },
  },
  "trap: `unless-stopped` does not bring back what had a signal before the power cut": {
    name: "what had a signal before a crash is restarted by nobody; a start after it gives the policy its effect again",
    run: async (bench) => {
      const id = await bench.runReady("crashesLater", { restart: "unless-stopped" });
      await bench.engine.kill(id, "HUP");
      await bench.until(id, ({ state }) => state === "exited");

      await bench.engine.start(id);

      await bench.until(id, ({ restartCount }) => restartCount >= 1);
    },
  },
};

/** What a program sees of paths below the host directory: type, owner and mode, a line each. */
async function told(bench: Bench, ...paths: readonly string[]): Promise<readonly string[]> {
  const mounts = [{ source: "/", target: hostMount, readOnly: true, propagation: "rslave" }] as const;
  const startArgs = paths.map((path) => `${directory}/${path}`);
  const id = await bench.run("tells", { spec: { mounts }, startArgs });
  assert.equal(await bench.engine.wait(id), 0);
  return (await bench.engine.logs(id, 100)).trimEnd().split("\n");
}
