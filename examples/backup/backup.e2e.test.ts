// Backups on real hosts: each by its own host, at a turn of its own, whole by etcd's own tools; the README's commands; kills, a full disk,
// a byte that flips, and strangers' files.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { agentContainer } from "#lab/agent.ts";
import { readReport } from "#lab/agent-report.ts";
import { changedYaml } from "#lab/changed-yaml.ts";
import { createCluster } from "#lab/cluster.ts";
import type { Cluster } from "#lab/cluster.ts";
import { startClusterLab } from "#lab/cluster-lab.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import type { Lab } from "#lab/lab.ts";
import { readCommands } from "#lab/read-commands.ts";
import { runCommand } from "#lab/run-command.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { parseBackupName } from "#shared/backup/backup-name.ts";

const directory = "/var/lib/flexkube-backup";
const readme = new URL("README.md", import.meta.url);
const everyMs = 15_000;
const deadlineMs = 180_000;

describe("backups of etcd", { skip: skipWithoutLab(), timeout: 900_000 }, () => {
  let lab: Lab;
  let cluster: Cluster;
  let h1: LabHost;

  before(async () => {
    lab = await startClusterLab(["h1", "h2", "h3"]);
    const [first] = lab.hosts;
    assert.ok(first !== undefined);
    h1 = first;
    cluster = await createCluster(lab, "backup");
    await cluster.edit((text) =>
      changedYaml(text, {
        agent: { interval: "1s", jitter: "0s" },
        "etcd.backup": { every: "15s", keep: 3 },
        "containers.carrier.image": "busybox:lab",
      }),
    );
    await cluster.planner("split");
    // one that can be filled; a drill needs 64 MiB for a log
    await lab
      .host("h3")
      .exec("sh", "-euc", `mkdir -m 0700 ${directory} && mount -t tmpfs -o mode=0700,size=100m tmpfs ${directory}`);
    await cluster.startAgents(...lab.hosts);
    await cluster.settled(lab.hosts, deadlineMs);
    await cluster.etcdctl(undefined, "put", "kept", "in every backup");
  });

  after(async () => {
    await lab.down();
    await cluster.remove();
  });

  const names = async (host: LabHost): Promise<readonly string[]> =>
    (await host.exec("ls", "-A", directory)).trim().split("\n");
  const backups = async (host: LabHost): Promise<readonly string[]> =>
    (await names(host)).filter((name) => name.endsWith(".db"));
  const takenAt = (host: LabHost, name: string): number =>
    parseBackupName(name, { cluster: "demo", member: host.name })?.takenAt ?? assert.fail(name);
  const agent = async (host: LabHost, ...args: readonly string[]) =>
    host.tryDocker(["exec", agentContainer, "/flexkube-agent", ...args]);
  /** `backup` by hand, once the loop has none under way. */
  const byHand = async (...args: readonly string[]) =>
    eventually(
      async () => {
        const result = await agent(h1, "backup", ...args);
        return result.exitCode === 75 ? false : result;
      },
      { what: "no other backup is under way", deadlineMs },
    );

  test("each host keeps so many of its own member, at turns of their own", async () => {
    const seen = new Map<string, Set<string>>(lab.hosts.map(({ name }) => [name, new Set()]));
    await eventually(
      async () => {
        for (const host of lab.hosts) for (const name of await backups(host)) seen.get(host.name)?.add(name);
        return [...seen.values()].every((all) => all.size >= 5);
      },
      { what: "five backups on each host", deadlineMs },
    );
    for (const [index, host] of lab.hosts.entries()) {
      const all = [...(seen.get(host.name) ?? [])].map((name) => takenAt(host, name)).toSorted((x, y) => x - y);
      // no two in one turn, each of which begins later than that of the member before
      const turns = all.map((at) => Math.floor((at + 999 - (index * everyMs) / 3) / everyMs));
      assert.equal(new Set(turns).size, turns.length, `${host.name}: ${turns.join()}`);
      assert.ok((await backups(host)).length <= 4);
    }
  });

  test("what is kept is root's alone, and etcd's own tools restore it", async () => {
    assert.equal((await h1.exec("stat", "-c", "%a %u", directory)).trim(), "700 0");

    const { exitCode, stdout, stderr } = await byHand("check");

    assert.equal(exitCode, 0, stderr);
    // the newest as of the end of the check: an older one may go at any moment
    const [name = "", , sha256] = (stdout.split("\n")[0] ?? "").split(/ +/);
    assert.match(name, /^demo-h1-/, stdout);
    assert.equal((await h1.exec("stat", "-c", "%a %u", `${directory}/${name}`)).trim(), "600 0");
    assert.equal((await h1.exec("sha256sum", `${directory}/${name}`)).split(" ")[0], sha256);
    const drill: unknown = JSON.parse(await h1.exec("cat", `${directory}/demo-h1-drill.json`));
    assert.partialDeepStrictEqual(drill, { version: 1 });
    assert.match(await h1.exec("grep", "-c", "in every backup", `${directory}/${name}`), /^[1-9]/);
  });

  test("a name's revision is in it, and maybe some after it, while others write", async () => {
    const image = (await h1.docker("inspect", "--format", "{{.Config.Image}}", "etcd-h1")).trim();
    const revisionIn = async (name: string): Promise<number> => {
      const etcdutl = ["--entrypoint", "etcdutl", image, "snapshot", "status", `/b/${name}`, "--write-out=json"];
      const told: unknown = JSON.parse(await h1.docker("run", "--rm", "-v", `${directory}:/b:ro`, ...etcdutl));
      assert.ok(typeof told === "object" && told !== null && "revision" in told);
      return Number(told.revision);
    };
    const known = await backups(h1);
    let writes = 0;
    const [newest] = await eventually(
      async () => {
        await cluster.etcdctl(undefined, "put", "written meanwhile", `${(writes += 1)}`);
        const found = (await backups(h1)).filter((name) => !known.includes(name) && name.startsWith("demo-h1-"));
        return found.length > 0 ? found : false;
      },
      { what: "one is made while somebody writes", deadlineMs, everyMs: 20 },
    );
    const named = parseBackupName(newest ?? "", { cluster: "demo", member: "h1" })?.revision ?? assert.fail();
    const found = await revisionIn(newest ?? "");
    assert.ok(named > 1 && found >= named && found <= named + writes, `${newest}: ${found}, ${writes} writes`);
  });

  test("status tells of them, and no key is in what made them", async () => {
    const { stdout } = await agent(h1, "status");
    assert.match(
      stdout,
      /^etcd backup \S+ \(\d+s ago\), revision \d+, \d+ kB, \d kept in \/var\/lib\/flexkube-backup; restored in a drill/m,
    );
    const made = await eventually(
      async () => {
        const result = await h1.tryDocker(["inspect", "flexkube-backup-etcd"]);
        return result.exitCode === 0 && result.stdout.includes("snapshot") ? result.stdout : false;
      },
      { what: "one is being made", deadlineMs, everyMs: 20 },
    );
    assert.doesNotMatch(made, /BEGIN|PRIVATE/);
  });

  test("the README's commands: taken, listed, written out whole, and carried away", async () => {
    const script = await readCommands(readme, "By hand");
    const env = { DOCKER_HOST: `unix://${h1.socket}` };
    const output = await eventually(
      async () => runCommand(["env", "-C", cluster.directory, "sh", "-euc", script], { env }),
      { what: "the loop makes none itself just now", deadlineMs },
    );
    assert.match(output, /^demo-h1-\S+ {2}\d+ {2}[0-9a-f]{64}$/m);
    const content = await readFile(join(cluster.directory, "etcd.db"));
    assert.ok(content.includes("in every backup"));
    // the loop may have made another one since the list
    const listed = output + (await byHand("list")).stdout;
    assert.ok(listed.includes(createHash("sha256").update(content).digest("hex")), listed);
    const carried = await eventually(
      async () => {
        const found = (await h1.exec("ls", "/var/lib/carried")).trim().split("\n");
        return found.some((name) => name.endsWith(".db.json")) ? found : false;
      },
      { what: "the carrier has been there", deadlineMs },
    );
    assert.ok(
      carried.every((name) => name.startsWith("demo-h1-")),
      carried.join(),
    );
  });

  test("a flipped byte is found by check and named; strangers' files stay", async () => {
    await h1.writeFile(`${directory}/notes.txt`, "mine");
    await h1.writeFile(`${directory}/demo-h9-1-1-20200101T000000Z.db`, "another member's");
    const found = await eventually(
      async () => {
        const victim =
          (await backups(h1))
            .filter((name) => name.startsWith("demo-h1"))
            .toSorted()
            .at(-1) ?? "";
        const path = `${directory}/${victim}`;
        await h1.exec("sh", "-euc", `printf X | dd of="$1" bs=1 seek=5000 conv=notrunc 2>/dev/null`, "sh", path);
        const { exitCode, stderr } = await byHand("check");
        // it may have gone before it was read
        return exitCode === 0 ? false : `${victim} ${exitCode} ${stderr}`;
      },
      { what: "a damaged one is found", deadlineMs },
    );
    const [victim] = found.split(" ");
    assert.match(found, /is damaged, and is called/);
    await eventually(async () => (await agent(h1, "status")).stdout.includes(`${victim}.damaged is damaged`), {
      what: "status names it",
      deadlineMs,
    });
    // as it is said there
    await h1.exec("rm", `${directory}/${victim}.damaged`);
    assert.ok((await names(h1)).includes("notes.txt"));
    assert.ok((await names(h1)).includes("demo-h9-1-1-20200101T000000Z.db"));
  });

  test("on a full disk none is made and none goes, which status tells; with room again it goes on", async () => {
    const h3 = lab.host("h3");
    const kept = async (): Promise<readonly string[]> =>
      (await backups(h3)).filter((name) => name.startsWith("demo-h3-"));
    const fill = `cat /dev/zero >>${directory}/filler 2>/dev/null`;
    // one whose record is not there yet, as after a disk that filled in between
    const unproven = (await kept()).toSorted((x, y) => takenAt(h3, x) - takenAt(h3, y)).at(-1) ?? assert.fail();
    await h3.exec("sh", "-c", `${fill}; rm ${directory}/${unproven}.json; ${fill}; true`);
    // a run that was at work when it became full removes an older backup, which is room for the next
    const isTold = async (): Promise<boolean> => {
      await h3.exec("sh", "-c", `${fill}; true`);
      const { stdout } = await agent(h3, "status");
      return /bytes left, and \d+ are needed: make room/.test(stdout) || assert.fail(stdout);
    };
    await eventually(isTold, { what: "it is told", deadlineMs });
    const former = await kept();
    assert.ok(former.length > 0);
    // a run that began before it was full may have ended meanwhile; from now on there is none
    const failures = async (): Promise<number> => (await readReport(h3)).etcdBackup?.failures ?? 0;
    const count = await failures();
    await eventually(async () => (await failures()) > count, { what: "it has tried once more", deadlineMs });
    assert.deepEqual(await kept(), former);
    assert.deepEqual(
      (await names(h3)).filter((name) => name.startsWith(".")),
      [],
    );

    await h3.exec("rm", `${directory}/filler`);

    await eventually(async () => (await kept()).some((name) => !former.includes(name)), {
      what: "a newer one is there",
      deadlineMs,
    });
    await eventually(async () => !/make room/.test((await agent(h3, "status")).stdout), {
      what: "nothing is told",
      deadlineMs,
    });
  });

  test("agents and hosts killed at any moment: backups go on, none is lost, nothing half made stays", async () => {
    for (let round = 0; round < 6; round++) {
      await eventually(async () => (await h1.tryDocker(["inspect", "flexkube-backup-etcd"])).exitCode === 0, {
        what: "a backup is under way",
        deadlineMs,
        everyMs: 20,
      });
      const count = (await backups(h1)).length;
      if (round === 5) {
        await h1.kill();
        await h1.start();
      } else await h1.docker("kill", agentContainer);
      assert.ok((await backups(h1)).length >= Math.min(3, count));
      if (round < 5) await h1.docker("start", agentContainer);
    }
    const last = Date.now();
    await eventually(
      async () => {
        const { newest } = (await readReport(h1)).etcdBackup ?? {};
        const left = (await names(h1)).filter((name) => name.startsWith("."));
        const helper = await h1.tryDocker(["inspect", "flexkube-backup-etcd"]);
        return newest !== undefined && Date.parse(newest.takenAt) > last && left.length === 0 && helper.exitCode !== 0;
      },
      { what: "a newer one is there, and nothing is left over", deadlineMs },
    );
    assert.equal((await byHand("check")).exitCode, 0);
  });
});
