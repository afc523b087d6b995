// Each change of the cluster config does exactly its effect on a real host: told by ids, start times, signals received and files. CI does it on
// the oldest Docker without what is likely the same again, a release on the newest too and with all. The same table for the pure plan is
// shared/reconcile/changes.test.ts.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { YamlChange } from "#lab/changed-yaml.ts";
import { sampled } from "#lab/sampled.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { effects, engines, otherImages, startChangingHost } from "./changing-host.ts";
import type { ChangingHost } from "./changing-host.ts";

type Row = readonly [what: string, change: YamlChange, effects: readonly string[]];

const web = (field: string): string => `containers.web.${field}`;
const [sealed, quiet, signalled, restarting] = [0, 1, 2, 3].map((index) => web(`files.${index}`));
const live = "/etc/kubernetes/web/live";
const etcdLive = "/etc/kubernetes/etcd/live";
const balancer = "api-load-balancer-api";
const balancerLive = `/etc/kubernetes/${balancer}/live`;
const etcdFiles = ["peer.crt", "peer.key", "server.crt", "server.key"];

const rows: Readonly<Record<string, readonly Row[]>> = {
  etcd: [
    ["image", { "images.etcd": otherImages.etcd }, ["etcd-h1 is replaced"]],
    ["argument", { "etcd.extraArgs": ["--heartbeat-interval=150"] }, ["etcd-h1 is replaced"]],
    ["limits", { "etcd.resources": { memoryBytes: 536_870_912 } }, ["etcd-h1 is updated"]],
    ["restart policy", { "etcd.restart": "always" }, ["etcd-h1 is updated"]],
    [
      "member that is taken off the host",
      { etcd: undefined, "images.etcd": undefined },
      ["etcd-h1 is removed", ...etcdFiles.map((file) => `remove ${etcdLive}/${file}`)],
    ],
  ],
  "load balancer": [
    ["image", { "images.haproxy": otherImages.haproxy }, [`${balancer} is replaced`]],
    [
      "servers",
      { "apiLoadBalancers.api.servers.h2": { address: "10.77.0.12", port: 6443 } },
      [`${balancer} is signalled`, `write ${balancerLive}/haproxy.cfg`],
    ],
    ["limits", { "apiLoadBalancers.api.resources": { memoryBytes: 67_108_864 } }, [`${balancer} is updated`]],
    [
      "CA that goes",
      { "apiLoadBalancers.api.ca": undefined, secrets: undefined },
      [`${balancer} is signalled`, `remove ${balancerLive}/ca.crt`, `write ${balancerLive}/haproxy.cfg`],
    ],
    [
      "pool that goes",
      { apiLoadBalancers: undefined, secrets: undefined },
      [`${balancer} is removed`, `remove ${balancerLive}/ca.crt`, `remove ${balancerLive}/haproxy.cfg`],
    ],
  ],
  container: [
    ["image", { [web("image")]: otherImages.busybox }, ["web is replaced"]],
    ["argument", { [web("args.3")]: "more" }, ["web is replaced"]],
    ["environment", { [web("env")]: { LANG: "C" } }, ["web is replaced"]],
    ["label", { [web("labels")]: { team: "a" } }, ["web is replaced"]],
    ["mount", { [web("mounts")]: [{ source: "/opt", target: "/srv" }] }, ["web is replaced"]],
    ["restart policy", { [web("restart")]: "always" }, ["web is updated"]],
    ["limits", { [web("resources")]: { cpus: 0.5, memoryBytes: 67_108_864 } }, ["web is updated"]],
    ["probe", { [web("probe.deadline")]: "9s" }, []],
    ["sealed file's content", { [`${sealed}.content`]: "b\n" }, ["web is replaced"]],
    ["sealed file's mode", { [`${sealed}.mode`]: "0600" }, ["web is replaced"]],
    ["sealed file's owner", { [`${sealed}.uid`]: 7 }, ["web is replaced"]],
    ["sealed file that goes", { [`${sealed}`]: undefined }, ["web is replaced"]],
    ["sealed file that is added", { [web("files.4")]: { path: "new.conf", content: "n" } }, ["web is replaced"]],
    ["file without effect", { [`${quiet}.content`]: "b\n" }, [`write ${live}/quiet.conf`]],
    ["mode of a file without effect", { [`${quiet}.mode`]: "0600" }, [`write ${live}/quiet.conf`]],
    ["owner of a file without effect", { [`${quiet}.gid`]: 7 }, [`write ${live}/quiet.conf`]],
    ["file without effect that goes", { [`${quiet}`]: undefined }, [`remove ${live}/quiet.conf`]],
    ["file with a signal", { [`${signalled}.content`]: "b\n" }, ["web is signalled", `write ${live}/signalled.conf`]],
    [
      "mode of a file with a signal",
      { [`${signalled}.mode`]: "0600" },
      ["web is signalled", `write ${live}/signalled.conf`],
    ],
    ["file with a signal that goes", { [`${signalled}`]: undefined }, [`remove ${live}/signalled.conf`]],
    ["file with a restart", { [`${restarting}.content`]: "b\n" }, ["web is restarted", "write /etc/restarting.conf"]],
    [
      "owner of a file with a restart",
      { [`${restarting}.uid`]: 7 },
      ["web is restarted", "write /etc/restarting.conf"],
    ],
    ["file with a restart that goes", { [`${restarting}`]: undefined }, ["remove /etc/restarting.conf"]],
    [
      "container that goes",
      { "containers.web": undefined },
      ["web is removed", "remove /etc/restarting.conf", `remove ${live}/quiet.conf`, `remove ${live}/signalled.conf`],
    ],
    [
      "container that comes",
      {
        "containers.more": {
          hosts: "all",
          image: "busybox:lab",
          args: ["sleep", "9999"],
          stopTimeout: "1s",
          probe: { settle: "100ms" },
        },
      },
      ["more is added"],
    ],
  ],
};

/** Of the container: on a host each is the same as another row, and the plan tells them apart (CI leaves these out). */
const again: ReadonlySet<string> = new Set([
  "argument",
  "environment",
  "label",
  "sealed file's mode",
  "sealed file's owner",
  "sealed file that is added",
  "owner of a file without effect",
  "mode of a file with a signal",
  "owner of a file with a restart",
]);
const chosen = (component: string, changes: readonly Row[]): readonly Row[] =>
  component === "container"
    ? sampled(
        changes,
        changes.filter(([what]) => !again.has(what)),
      )
    : changes;

// each host has a lab of its own
describe("changes of a config", { skip: skipWithoutLab("namespace"), timeout: 1_200_000, concurrency: true }, () => {
  for (const [name, base] of sampled<readonly [string, string]>(Object.entries(engines), [["oldest", engines.oldest]]))
    describe(`on the ${name} Docker`, { concurrency: 1 }, () => {
      let ground: ChangingHost;

      before(async () => {
        ground = await startChangingHost(base);
      });
      after(async () => ground.remove());

      for (const [component, changes] of Object.entries(rows))
        describe(`a change of one thing of the ${component}`, () => {
          for (const [what, change, wanted] of chosen(component, changes))
            test(`${what}: ${wanted.join(", ") || "nothing"}`, async () => {
              await ground.goBack();
              const untouched = await ground.seen();

              await ground.bring(change);

              assert.deepEqual(effects(untouched, await ground.seen()), wanted.toSorted());
            });
        });

      test("apply does and prints what plan has printed", async () => {
        await ground.goBack();
        await ground.give({ [web("image")]: otherImages.busybox, [`${signalled}.content`]: "b\n" });

        const [plan, apply] = [await ground.plan(), await ground.apply()];

        assert.deepEqual([plan.exitCode, apply.exitCode], [2, 0]);
        assert.match(plan.stdout, /^rename web to web.old/m);
        assert.match(plan.stdout, /^    replace .*signalled.conf$/m);
        assert.equal(apply.stdout, `${plan.stdout}changed\n`);
      });

      test("a mount of what is not there is refused with 70, and the container is as it was", async () => {
        await ground.goBack();
        await ground.give({ [web("mounts")]: [{ source: "/srv/away", target: "/srv" }] });

        const { exitCode, stdout, stderr } = await ground.apply();

        assert.deepEqual([exitCode, stdout.split("\n").at(-2)], [70, "failed"]);
        assert.match(stderr, /! web: the new configuration did not work .*\/srv\/away/);
      });

      test("an etcd certificate that is issued anew is written, and the member goes on", async () => {
        await ground.goBack();
        const untouched = await ground.seen();
        await ground.forgetCertificate("etcd/h1-server");

        await ground.bring({});

        assert.deepEqual(effects(untouched, await ground.seen()), [`write ${etcdLive}/server.crt`]);
      });
    });
});
