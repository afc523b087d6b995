// A boot: orderly or after a power cut. What was told before it is told as old, and everything comes back, the file of /run too.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { agentContainer, runAgentOnce } from "#lab/agent.ts";
import type { LabHost } from "#lab/host.ts";
import { agentImage, labImages } from "#lab/images.ts";
import { startOneHost } from "#lab/one-host.ts";
import type { OneHost } from "#lab/one-host.ts";
import { skipWithoutRelease } from "#lab/skip-without-release.ts";

const lock = "/run/xtables.lock";
const report = "/var/lib/flexkube/report.json";
/** How a host goes down and comes up again. */
const boots: Readonly<Record<string, (host: LabHost) => Promise<void>>> = {
  "an orderly reboot": async (host) => host.reboot(),
  "a power cut": async (host) => {
    await host.kill();
    await host.start();
  },
};

describe("a host that boots", { skip: skipWithoutRelease(), timeout: 400_000 }, () => {
  let one: OneHost;
  let host: LabHost;
  let image: string;

  before(async () => {
    const images = Object.values(await labImages("cni-plugins", "node-net"));
    image = (await agentImage()).reference;
    one = await startOneHost({ file: new URL("whole-host-reboot.yaml", import.meta.url), images });
    host = one.host;
    await one.give();
    await one.startAgent();
    await one.settled();
  });
  after(() => one.lab.down());
  beforeEach(() => one.settled());

  const status = async () => runAgentOnce(host, ["status", "--exit-code"], { image });
  const line = (text: string, name: string): string => new RegExp(`^${name} .*$`, "m").exec(text)?.[0] ?? "";
  const isLockFile = async (): Promise<boolean> => (await host.attempt(["test", "-f", lock])).exitCode === 0;

  for (const [what, boot] of Object.entries(boots))
    test(`${what}: status tells the old as old, and the next tick brings back all that there was`, async () => {
      const wanted = Object.keys(await one.containers());
      // nothing but its first tick may bring the host back here, and that shall wait for us
      await host.docker("update", "--restart", "no", agentContainer);
      await boot(host);
      // hosts of a lab share one kernel and its boot id, so the report gets that of another boot, which it has elsewhere
      const told = (await host.readFile(report)).toString();
      await host.writeFile(report, told.replace(/("boot": \{\s*"id": ")[^"]+/, "$1another boot"));
      const { writtenAt } = await one.report();
      const { exitCode, stdout } = await status();

      assert.equal(await isLockFile(), false, "it went with the boot");
      assert.equal(exitCode, 70);
      assert.match(
        stdout,
        /the host was started anew since this report: health is not known before the agent has looked/,
      );
      assert.match(line(stdout, "pod-network"), /\?/);
      assert.match(line(stdout, "by-hand"), /exited/);
      assert.doesNotMatch(stdout, / yes\b/);
      await host.docker("start", agentContainer);
      await one.reported(
        "a tick of this boot that found all well",
        (found) => found.writtenAt > writtenAt && found.result === "settled",
      );

      assert.equal(await isLockFile(), true);
      assert.deepEqual(Object.keys(await one.containers()), wanted);
      const now = await status();
      assert.equal(now.exitCode, 0, now.stdout);
      for (const name of ["pod-network", "web", "by-hand"]) assert.match(line(now.stdout, name), / running .* yes\b/);
      // both are the one file that programs wait for
      const inode = async (...command: readonly string[]): Promise<string> =>
        (await host.docker("exec", "pod-network", ...command)).trim();
      assert.equal(await inode("stat", "-c", "%i", lock), (await host.exec("stat", "-c", "%i", lock)).trim());
      await inode("iptables", "-w", "5", "-t", "nat", "-S");
      assert.equal(await one.lab.net("curl", "-sf", "--max-time", "3", "http://10.77.0.11:8080/"), "one\n");
    });
});
