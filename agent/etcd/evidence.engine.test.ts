// What real etcd members of each supported minor version say: founded, with a quorum, with a learner, without one they had.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hasEtcd, labEtcd } from "#lab/etcd-program.ts";
import { eventually } from "#lab/eventually.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { realMember, startEtcd } from "#lab/real-etcd.ts";
import type { RealMember } from "#lab/real-etcd.ts";
import { makeCertificate, type TestCertificate } from "#agent/testing/test-pki.ts";
import { decideEtcdStart, etcdStartArguments } from "#shared/reconcile/etcd/etcd-start.ts";
import type { EtcdStartRule } from "#shared/state/desired.ts";
import { etcdStopReason } from "#shared/reconcile/etcd/etcd-stop.ts";
import type { EtcdEvidence } from "#shared/state/observed.ts";
import { reasonOf } from "#shared/reason-of.ts";
import { Secret } from "#shared/secret.ts";
import { createEtcdGateway } from "./gateway.ts";
import { etcdVotes } from "./votes.ts";
import { gatherEtcdEvidence } from "./evidence.ts";

/** What the agent of `self` would know: all others, whether etcd counts them or not. */
function ruleOf(self: RealMember, all: readonly RealMember[], pki: TestCertificate): EtcdStartRule {
  return {
    name: self.name,
    peerUrl: self.peer,
    dataDirectory: "/var/lib/etcd",
    initialCluster: all.map(({ name, peer }) => `${name}=${peer}`).join(","),
    token: "t",
    bootstrap: true,
    peers: all
      .filter((one) => one !== self)
      .map(({ name, peer, client }) => ({ name, peerUrl: peer, clientUrl: client })),
    tls: { ca: pki.ca, certificate: pki.certificate, key: new Secret(pki.key) },
  };
}

async function until(
  rule: EtcdStartRule,
  what: string,
  holds: (evidence: EtcdEvidence) => boolean,
): Promise<EtcdEvidence> {
  return eventually(
    async () => {
      const evidence = await gatherEtcdEvidence(rule, { deadlineMs: 1000 });
      return holds(evidence) && evidence;
    },
    { what },
  );
}

for (const minor of ["3.5", "3.6", "3.7"] as const)
  test(
    `etcd ${minor}: lists, ids, versions and health of members, a learner among them, and of one that is taken out`,
    { skip: !hasEtcd(minor) && process.env["REQUIRE_DOCKER"] !== "1" && `etcd ${minor} is not compiled` },
    async (context) => {
      const directory = temporaryRoot(context);
      const pki = makeCertificate(directory);
      const world = { etcd: await labEtcd(minor), directory, pki };
      const [h1, h2, h3] = [await realMember("h1"), await realMember("h2"), await realMember("h3")];
      const founders = ruleOf(h1, [h1, h2], pki);
      const listed = (evidence: EtcdEvidence, by: string) =>
        (evidence.peers.get(by) ?? []).map(({ name }) => name).toSorted();

      const nobody = await gatherEtcdEvidence(founders, { deadlineMs: 1000 });
      assert.deepEqual([nobody.peers, nobody.healthy, nobody.self], [new Map([["h2", undefined]]), [], undefined]);

      startEtcd(context, h2, world, etcdStartArguments(ruleOf(h2, [h1, h2], pki), "new"));
      const alone = await until(founders, "h2 tells its members", ({ peers }) => peers.get("h2") !== undefined);
      assert.deepEqual([listed(alone, "h2"), alone.healthy], [["h1", "h2"], []]);
      assert.deepEqual(decideEtcdStart(founders, { isPresent: false }, alone), { start: "new" });

      startEtcd(context, h1, world, etcdStartArguments(founders, "new"));
      const version = minor;
      const both = await until(
        founders,
        "both are healthy and have agreed on a version",
        ({ healthy, self = [], clusterIds, clusterVersion }) =>
          healthy.length === 1 &&
          self.every(({ clientUrls }) => clientUrls.length === 1) &&
          clusterIds?.size === 2 &&
          clusterVersion === version,
      );
      const ids = [...(both.clusterIds ?? [])];
      assert.deepEqual(
        ids.map(([name]) => name),
        ["h1", "h2"],
      );
      assert.match(ids[0]?.[1] ?? "", /^[0-9a-f]+$/);
      assert.equal(new Set(ids.map(([, id]) => id)).size, 1);
      assert.equal(etcdStopReason(founders, both, { leaves: false }), undefined);

      // a config that wants more members than etcd has by then
      const joining = ruleOf(h3, [h1, h2, h3, await realMember("h4")], pki);
      const gateway = createEtcdGateway({ endpoints: [h1.client], tls: joining.tls });
      const change = async (call: string, body: object): Promise<void> =>
        void (await eventually(
          async () =>
            gateway.call(`cluster/member/${call}`, body, { deadlineMs: 3000 }).then(
              () => true,
              // of one whose answer came too late
              (error: unknown) => /already exists|not found/.test(reasonOf(error)),
            ),
          { what: `member ${call}`, deadlineMs: 30_000 },
        ));
      await change("add", { peerURLs: [h3.peer], isLearner: true });
      const added = await until(joining, "h3 is listed", (evidence) => listed(evidence, "h1").includes(""));
      assert.deepEqual(decideEtcdStart(joining, { isPresent: false }, added), { start: "existing" });
      const third = startEtcd(context, h3, world, etcdStartArguments(joining, "existing", added));
      const all = ruleOf(h1, [h1, h2, h3], pki);
      const learning = await until(all, "h3 is up and learns", ({ healthy, self = [] }) => {
        assert.equal(third.ended(), undefined);
        assert.deepEqual(healthy, ["h2", "h3"]);
        return self.some(({ name, isLearner }) => name === "h3" && isLearner === true);
      });
      const client = { endpoints: [h1.client], tls: joining.tls };
      const tellsLearner = async (rule: typeof client): Promise<void> =>
        eventually(async () => assert.deepEqual((await etcdVotes(rule, { deadlineMs: 3000 }))?.learners, [h3.client]), {
          what: "members tell who learns",
        });
      await tellsLearner(client);
      // a learner refuses, and the next is asked
      const learnerFirst = { ...client, endpoints: [h3.client, h1.client] };
      const read = async (): Promise<unknown> =>
        createEtcdGateway(learnerFirst).call("kv/range", { key: "AA==" }, { deadlineMs: 3000 });
      assert.notEqual(await eventually(read, { what: "a member that votes is read" }), undefined);
      await tellsLearner(learnerFirst);
      assert.match(
        etcdStopReason(all, learning, { leaves: false }) ?? "",
        /2 voting members, h1, h2, which have no quorum/,
      );

      const idOf = async (): Promise<string | false> =>
        /"ID":"([0-9]+)","name":"h3"/.exec(
          JSON.stringify(await gateway.call("cluster/member/list", {}, { deadlineMs: 3000 })),
        )?.[1] ?? false;
      const id = await eventually(idOf, { what: "h3 has an id" });
      await change("remove", { ID: id });
      assert.equal(await third.exit, 0, "a member that was taken out ends by itself with 0");
      const without = await until(joining, "h3 is gone", (evidence) =>
        ["h1", "h2"].every((by) => listed(evidence, by).length === 2),
      );
      const decision = decideEtcdStart(joining, { isPresent: true }, without);
      assert.match("wait" in decision ? decision.wait : "", /taken out for good/);
    },
  );
