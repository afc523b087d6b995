// A packet filter that keeps other hosts out: it is told, and holds nothing back.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { WatchFirewall } from "#agent/firewall/firewall-watch.ts";
import { createFakeHost } from "#agent/testing/fake-host.ts";

const config = `
apiVersion: flexkube/v1alpha1
kind: Host
cluster: test
host: h1
containers:
  server: { image: "server:1", restart: always }
`;
const finding = { check: "firewall", found: "that ufw drops tcp/2380 (etcd)", needed: "it open", command: "ufw allow" };
const text = "firewall: found that ufw drops tcp/2380 (etcd), needed it open; to mend it: ufw allow";

test("what the filter closes is a warning while it does, and all else goes on", async () => {
  let findings = [finding];
  const asked: boolean[] = [];
  const watchFirewall: WatchFirewall = async (_question, { isWell }) => {
    asked.push(isWell);
    return Promise.resolve(findings);
  };
  const host = createFakeHost({ "server:1": () => ({}) }, { watchFirewall });
  host.give(config);

  await host.settle();
  const told = await host.tick();
  findings = [];
  const mended = await host.tick();

  assert.deepEqual([told.result, told.plan?.warnings], ["settled", [text]]);
  assert.deepEqual([mended.result, mended.plan?.warnings], ["settled", []]);
  assert.deepEqual([asked[0], asked.at(-1)], [false, true]);
});
