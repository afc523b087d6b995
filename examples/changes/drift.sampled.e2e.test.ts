// What somebody changes on a real host is put right by the next tick, for every component and file, on the newest Docker (before a
// release on the oldest too); nothing else is touched. What cannot be put right without losing something is told, and the rest goes on.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { sampled } from "#lab/sampled.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { effects, engines, startChangingHost } from "./changing-host.ts";
import type { ChangingHost, Seen } from "./changing-host.ts";

const containers = ["etcd-h1", "api-load-balancer-api", "web"];

/** What is done to a container, and what has become of it after the next tick: the same one, or one like it. */
const acts: readonly (readonly [act: readonly string[], effect: string])[] = [
  [["stop", "-t", "5"], "is restarted"],
  [["kill"], "is restarted"],
  [["rm", "-f"], "is replaced"],
  [["rename"], ""],
  [["pause"], "is replaced"],
  [["update", "--restart", "on-failure:3"], ""],
];

const files = [
  "/etc/kubernetes/etcd/live/server.key",
  "/etc/kubernetes/api-load-balancer-api/live/haproxy.cfg",
  "/etc/kubernetes/web/live/quiet.conf",
  "/etc/kubernetes/web/live/signalled.conf",
  "/etc/restarting.conf",
];
const damages: readonly (readonly [what: string, command: string])[] = [
  ["edited", "echo damage >>"],
  ["removed", "rm"],
  ["with another mode", "chmod 0777"],
  ["with another owner", "chown 7:8"],
];

/** In CI the same is done to all at once, before a release to one after the other. */
const together = (names: readonly string[]): readonly (readonly string[])[] =>
  sampled<readonly string[]>(
    names.map((name) => [name]),
    [names],
  );
const called = (group: readonly string[], kind: string): string =>
  group.length === 1 ? group.join("") : `all ${kind} at once,`;

// each host has a lab of its own
describe("drift", { skip: skipWithoutLab("namespace"), timeout: 600_000, concurrency: true }, () => {
  for (const [name, base] of sampled<readonly [string, string]>(Object.entries(engines), [["newest", engines.newest]]))
    describe(`on the ${name} Docker`, { concurrency: 1 }, () => {
      let ground: ChangingHost;

      before(async () => {
        ground = await startChangingHost(base);
        await ground.bring({});
      });
      after(async () => ground.remove());

      /** One tick that does something, and one that finds nothing left. */
      const tick = async (): Promise<void> => {
        for (const end of [/^changed$/m, /^nothing to do\n$/]) {
          const { exitCode, stdout, stderr } = await ground.apply();
          assert.equal(exitCode, 0, `${stdout}${stderr}`);
          assert.match(stdout, end);
        }
      };
      const allRun = ({ containers: found }: Seen): void => {
        assert.deepEqual(
          [...found].map(([container, { state }]) => `${container} ${state}`).toSorted(),
          [...containers, "bystander"].map((container) => `${container} running`).toSorted(),
        );
      };
      const looks = ({ files: found }: Seen): ReadonlyMap<string, string> =>
        new Map([...found].map(([path, file]) => [path, file.looks]));

      for (const group of together(containers))
        for (const [[act = "", ...options], effect] of acts)
          test(`${called(group, "containers")} after docker ${act}: ${effect || "is mended in place"}`, async () => {
            const untouched = await ground.seen();
            for (const container of group)
              await ground.host.docker(act, ...options, container, ...(act === "rename" ? [`not-${container}`] : []));

            await tick();

            const now = await ground.seen();
            allRun(now);
            assert.deepEqual(
              effects(untouched, now),
              effect === "" ? [] : group.map((container) => `${container} ${effect}`).toSorted(),
            );
          });

      for (const group of together(files))
        for (const [what, command] of damages)
          test(`${called(group, "files")} ${what}`, async () => {
            const untouched = await ground.seen();
            for (const file of group) await ground.host.exec("sh", "-c", `${command} ${file}`);

            await tick();

            const now = await ground.seen();
            allRun(now);
            assert.deepEqual(looks(now), looks(untouched));
          });

      test("a sealed file edited or removed: it is as before, and its container works with what it read", async () => {
        const untouched = await ground.seen();
        const sealed = [...untouched.files.keys()].find((path) => path.endsWith("/sealed.conf")) ?? "";
        for (const damage of [`echo damage >>${sealed}`, `rm ${sealed}`, `chmod 0777 ${sealed}`]) {
          await ground.host.exec("sh", "-c", damage);
          await tick();
          assert.deepEqual(looks(await ground.seen()), looks(untouched), damage);
        }
        allRun(await ground.seen());
      });

      test("a directory where a file should be is an error that names it; it stays, and the rest goes on", async () => {
        for (const file of files) {
          await ground.host.exec("sh", "-c", `rm ${file}; mkdir ${file}; echo precious >${file}/mine`);
          await ground.host.docker("stop", "-t", "1", "bystander");

          const { exitCode, stderr } = await ground.apply();

          assert.equal(exitCode, 70, file);
          assert.ok(stderr.includes(`${file} is a directory where a file should be`), stderr);
          assert.equal((await ground.host.readFile(`${file}/mine`)).toString(), "precious\n");
          allRun(await ground.seen());
          await ground.host.exec("rm", "-r", file);
          await tick();
        }
      });
    });
});
