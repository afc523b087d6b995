// Files on a real host: written through config containers of the agent's own image, read through the archive API.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { DockerodeEngine } from "#agent/engine/dockerode.ts";
import { eventually } from "#lab/eventually.ts";
import { agentImage } from "#lab/images.ts";
import type { LabHost } from "#lab/host.ts";
import { startClusterLab } from "#lab/cluster-lab.ts";
import type { Lab } from "#lab/lab.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { contentDigest } from "#shared/canonical.ts";
import type { Clock } from "#shared/clock.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import type { ObservedPath } from "#shared/state/observed.ts";
import type { FileCommit } from "#shared/state/step.ts";
import { Secret } from "#shared/secret.ts";
import { createArchiveTree } from "./archive-tree.ts";
import { commitFiles } from "./commit-files.ts";
import type { HostTree } from "./host-tree.ts";
import { createMountedTree } from "./mounted-tree.ts";
import { createPatience } from "./patience.ts";

type Item = FileCommit["replaced"][number];

/** Limits of reading are real. */
const sleep: Clock["sleep"] = async (ms, signal) => setTimeout(ms, undefined, { signal });
const clock: Clock = { now: () => Date.now(), sleep: async () => Promise.resolve() };
const sealed = `/etc/kubernetes/etcd/${"ab".repeat(16)}`;
const live = "/etc/kubernetes/lb/live";
const nonce = (): string => randomBytes(4).toString("hex");

function item(path: string, content: string, more: Partial<Item> = {}): Item {
  return { path, content, digest: contentDigest(content), mode: 0o600, uid: 7, gid: 8, component: "etcd", ...more };
}

/** A local user's program: it gives up root and makes `.ssh` a directory and a link in turn, until it is stopped. */
const swapping = `
  const fs = require("node:fs");
  process.chdir(process.argv[1]);
  process.setgroups([]); process.setgid(1000); process.setuid(1000);
  const pause = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60);
  // the agent may have made the directory in between
  const tried = (change) => { try { change(); } catch {} };
  process.stdout.write("ready\\n");
  for (let n = 0; ; n++) {
    tried(() => fs.mkdirSync(".ssh"));
    pause();
    tried(() => fs.renameSync(".ssh", "directory" + n));
    tried(() => fs.symlinkSync("../../root/.ssh", ".ssh"));
    pause();
    tried(() => fs.renameSync(".ssh", "link" + n));
  }`;

async function startSwapping(directory: string): Promise<{ readonly stop: () => Promise<void> }> {
  const child = spawn(process.execPath, ["-e", swapping, directory], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  await once(child.stdout, "data");
  return {
    stop: async () => {
      assert.equal(child.exitCode, null, "it has been at work all the time");
      child.kill("SIGKILL");
      await ended;
    },
  };
}

describe("files of a real host", { skip: skipWithoutLab() }, () => {
  let lab: Lab;
  let host: LabHost;
  let engine: DockerodeEngine;
  let selfImage: string;
  let mounted: HostTree;

  before(async () => {
    const image = await agentImage();
    lab = await startClusterLab(["h1"]);
    host = lab.host("h1");
    engine = new DockerodeEngine({ socketPath: host.socket });
    selfImage = (await engine.inspectImage(image.reference)) ?? "";
    mounted = createMountedTree({
      root: `/proc/${await host.pid()}/root`,
      clock,
      patience: createPatience({ clock: { sleep } }),
    });
  });

  after(async () => {
    engine.close();
    await lab.down();
  });

  async function commit(changes: Partial<FileCommit>, tree: HostTree = mounted): Promise<void> {
    const whole = { directories: [], fresh: [], replaced: [], removed: [], ...changes };
    await commitFiles(whole, { engine, tree, clock, selfImage, cluster: "demo", host: "h1", nonce: nonce() });
  }

  const archive = (): HostTree =>
    createArchiveTree({ engine, selfImage: async () => Promise.resolve(selfImage), nonce });

  async function observe(...paths: readonly string[]): Promise<ReadonlyMap<string, ObservedPath>> {
    return archive().observe(paths);
  }

  const stat = async (path: string): Promise<string> => (await host.exec("stat", "-c", "%a %u:%g", path)).trim();
  const text = async (path: string): Promise<string> => (await host.readFile(path)).toString();

  test("directories and new files have their modes and owners, also odd ones", async () => {
    await commit({
      directories: [
        { path: sealed, mode: 0o700, uid: 7, gid: 8, components: ["etcd"] },
        { path: `${sealed}/pki`, mode: 0o2750, uid: 300_000, gid: 300_001, components: ["etcd"] },
      ],
      fresh: [
        item(`${sealed}/pki/key`, "", { content: new Secret("private") }),
        item(`${sealed}/pki/locked`, "x", { mode: 0, uid: 300_000, gid: 4_000_000_000 }),
      ],
    });

    assert.equal(await text(`${sealed}/pki/key`), "private");
    assert.equal(await stat(sealed), "700 7:8");
    assert.equal(await stat(`${sealed}/pki`), "2750 300000:300001");
    assert.equal(await stat(`${sealed}/pki/key`), "600 7:8");
    assert.equal(await stat(`${sealed}/pki/locked`), "0 300000:4000000000");
    assert.equal(await stat("/etc/kubernetes/etcd"), "755 0:0");
  });

  test("what was written is observed just so", async () => {
    const seen = await observe(sealed, `${sealed}/pki`, `${sealed}/pki/locked`, `${sealed}/gone`);

    const locked = seen.get(`${sealed}/pki/locked`);
    assert.deepEqual(seen.get(sealed), { type: "directory", mode: 0o700, uid: 7, gid: 8, entries: ["pki"] });
    assert.deepEqual(seen.get(`${sealed}/pki`), {
      type: "directory",
      mode: 0o2750,
      uid: 300_000,
      gid: 300_001,
      entries: ["key", "locked"],
    });
    assert.ok(locked?.type === "file");
    assert.deepEqual(
      [locked.mode, locked.uid, locked.gid, locked.digest],
      [0, 300_000, 4_000_000_000, contentDigest("x")],
    );
    assert.deepEqual(seen.get(`${sealed}/gone`), { type: "missing" });
  });

  test("a reader sees the old or the new file, never less", async () => {
    const path = `${live}/haproxy.cfg`;
    await commit({ fresh: [item(path, "a".repeat(4096), { mode: 0o644 })] });
    const [told, enough] = ["/tmp/reads", "/tmp/enough"];
    const script = `bad=0; n=0
      until [ -e ${enough} ]; do
        c=$(cat ${path}) || c=; n=$((n + 1)); [ \${#c} = 4096 ] || bad=$((bad + 1)); echo $n >${told}
      done; echo $n $bad`;
    let letter = "";

    const reader = host.exec("sh", "-c", script);
    await eventually(async () => text(told), { what: "the reader reads" });
    for (let count = 0; count < 4 || (count < 100 && Number(await text(told)) <= 100); count++) {
      letter = ["b", "c", "d", "e"][count % 4] ?? "";
      await commit({ replaced: [item(path, letter.repeat(4096), { mode: 0o644 })] });
    }
    await host.exec("touch", enough);
    const [reads, bad] = (await reader).trim().split(" ").map(Number);

    assert.ok(reads !== undefined && reads > 100, `${reads} reads`);
    assert.equal(bad, 0);
    assert.equal(await text(path), letter.repeat(4096));
    assert.deepEqual((await host.exec("ls", "-A", live)).trim(), "haproxy.cfg");
  });

  test("removing takes files, sealed directories, and the directories they leave empty", async () => {
    await commit({
      removed: [
        { path: `${live}/haproxy.cfg`, component: "lb" },
        { path: sealed, component: "etcd" },
        { path: "/etc/never-there", component: "lb" },
      ],
    });

    assert.equal((await host.exec("ls", "-A", "/etc/kubernetes")).trim(), "");
  });

  test("links of root are followed, a link at the file's own place is replaced, a user's link is refused", async () => {
    await host.exec("sh", "-c", "mkdir -p /data/real && ln -s /data /var/abs && ln -s real /data/rel");
    await host.exec("sh", "-c", "ln -s /etc/shadow /data/real/link && echo precious >/etc/shadow");
    await host.exec("sh", "-c", "mkdir -p /home/u && ln -s /etc /home/u/dir && chown -h 1000 /home/u/dir");

    await commit({ fresh: [item("/var/abs/rel/new", "1")], replaced: [item("/var/abs/rel/link", "2")] });
    const seen = await observe("/var/abs/rel/new", "/home/u/dir/passwd", "/var/abs/gone");

    assert.equal(await text("/data/real/new"), "1");
    assert.equal(await text("/data/real/link"), "2");
    assert.equal(await text("/etc/shadow"), "precious\n");
    assert.deepEqual(
      [...seen.values()].map(({ type }) => type),
      ["file", "file", "missing"],
    );
    await assert.rejects(commit({ replaced: [item("/home/u/dir/passwd", "mine")] }), (error) =>
      isFlexkubeError(error, "FILES_BLOCKED"),
    );
  });

  test("an agent that cannot see owners has all placed by the commit command", async () => {
    await commit(
      {
        directories: [{ path: "/srv/placed", mode: 0o2750, uid: 300_000, gid: 300_001, components: ["etcd"] }],
        fresh: [item("/srv/placed/key", "", { content: new Secret("private"), uid: 300_000, gid: 4_000_000_000 })],
      },
      archive(),
    );

    assert.equal(await text("/srv/placed/key"), "private");
    assert.equal(await stat("/srv/placed"), "2750 300000:300001");
    assert.equal(await stat("/srv/placed/key"), "600 300000:4000000000");
    await host.exec("rm", "-r", "/srv/placed");
  });

  test(
    "a user who swaps his own directory with a link gets no file where the link leads",
    { timeout: 120_000 },
    async () => {
      const home = "/home/mallory";
      await host.exec("sh", "-c", `mkdir -p ${home} /root/.ssh`);
      await host.exec("sh", "-c", `chown -Rh 1000:1000 ${home} && chmod 0755 /root /root/.ssh`);
      const mallory = await startSwapping(`/proc/${await host.pid()}/root${home}`);
      const keys = item(`${home}/.ssh/authorized_keys`, "mallory's key", { mode: 0o644, uid: 0, gid: 0 });
      const ends: string[] = [];

      try {
        // one that saw the link at its first look was refused, and tells nothing
        while (ends.filter((end) => !end.startsWith("FILES_BLOCKED")).length < 6)
          ends.push(
            await commit({ [ends.length % 2 === 0 ? "fresh" : "replaced"]: [keys] }).then(
              () => "written",
              (error: unknown) =>
                isFlexkubeError(error) ? `${error.code} ${JSON.stringify(error.details)}` : String(error),
            ),
          );
      } finally {
        await mallory.stop();
      }

      assert.equal((await host.exec("ls", "-A", "/root/.ssh")).trim(), "", ends.join());
      for (const end of ends) assert.match(end, /^(written$|FILES_BLOCKED|FILES_UNWRITABLE)/);
      await host.exec("rm", "-r", home, "/root/.ssh");
    },
  );

  test("a directory in a file's place is not overwritten", async () => {
    await host.exec("mkdir", "-p", "/srv/config/inside");

    await assert.rejects(
      commit({ replaced: [item("/srv/config", "x")] }),
      (error) =>
        isFlexkubeError(error, "FILES_UNWRITABLE") &&
        error.details.path === "/srv/config" &&
        error.details.reason === "a directory is in its place",
    );
    await assert.rejects(commit({ fresh: [item("/srv/config", "x")] }), (error) =>
      isFlexkubeError(error, "FILES_UNWRITABLE"),
    );

    assert.equal((await host.exec("ls", "-A", "/srv")).trim(), "config");
  });

  test("a full disk is FILES_UNWRITABLE and the old file stays", async () => {
    await host.exec("sh", "-c", "mkdir -p /small && mount -t tmpfs -o size=64k tmpfs /small && echo old >/small/a");

    await assert.rejects(
      commit({ replaced: [item("/small/a", "x".repeat(200_000))] }),
      (error) => isFlexkubeError(error, "FILES_UNWRITABLE") && /no space left/.test(error.details.reason),
    );

    assert.equal(await text("/small/a"), "old\n");
    await host.exec("umount", "/small");
  });

  test("a large data directory is looked at without being read whole", async () => {
    const wal = "/var/lib/etcd/member/wal";
    await host.exec("sh", "-euc", `mkdir -p ${wal}; truncate -s 100G ${wal}/0.wal; chmod 700 ${wal}`);
    const begun = performance.now();

    const seen = await observe(wal);

    assert.deepEqual(seen.get(wal), { type: "directory", mode: 0o700, uid: 0, gid: 0, entries: ["0.wal"] });
    assert.ok(performance.now() - begun < 30_000);
  });

  test("no container is left behind", async () => {
    assert.deepEqual(await engine.list(), []);
  });
});
