// How many requests a look at etcd's members costs, and whom it asks.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CallAt } from "#agent/etcd/ask-members.ts";
import { lookAtMembers } from "#agent/etcd-care/look-at-members.ts";
import { FlexkubeError } from "#shared/errors.ts";
import { lookAtList } from "./look-at-list.ts";

const { signal } = new AbortController();
const names = ["h1", "h2", "h3", "h4", "h5"];
const urlOf = (name: string): string => `https://${name}:2379`;
const endpoints = names.map(urlOf);
const header = (name: string) => ({ cluster_id: "77", member_id: name });
const listed = names.map((name) => ({
  ID: name,
  name,
  peerURLs: [`https://${name}:2380`],
  clientURLs: [urlOf(name)],
}));

/** Members that answer, but for those that hang until the deadline or are of another cluster; each call as it was made. */
function cluster({
  hanging = [],
  foreign = [],
}: { readonly hanging?: readonly string[]; readonly foreign?: readonly string[] } = {}) {
  const calls: string[] = [];
  const callAt: CallAt = (url, deadlineMs) => async (method) => {
    const name = names.find((each) => urlOf(each) === url) ?? assert.fail(url);
    calls.push(`${name} ${method}${deadlineMs === undefined ? "" : ` within ${deadlineMs} ms`}`);
    await Promise.resolve();
    if (hanging.includes(name))
      throw new FlexkubeError("ETCD_UNREACHABLE", "no etcd member answers", {
        call: method,
        reason: `${name} is silent`,
      });
    const own = { ...header(name), cluster_id: foreign.includes(name) ? "88" : "77" };
    if (method === "cluster/member/list") return { header: own, members: listed };
    if (method === "maintenance/status")
      return { header: own, leader: "h1", raftAppliedIndex: "9", dbSize: "1", dbSizeInUse: "1" };
    return { header: own };
  };
  return { callAt, calls };
}

const lists = (calls: readonly string[]): readonly string[] => calls.filter((call) => call.includes("member/list"));

describe("a look at etcd's list", () => {
  test("costs one request and two a member when it is known who tells it", async () => {
    const { callAt, calls } = cluster();
    const seen = await lookAtList({ endpoints, clusterId: undefined, told: urlOf("h3") }, callAt, signal);
    assert.ok(
      "list" in seen &&
        seen.clusterId === "4d" &&
        seen.endpoint === urlOf("h3") &&
        seen.list.every(({ isWell }) => isWell),
    );
    assert.equal(calls.length, 1 + 2 * names.length);
    assert.deepEqual(lists(calls), ["h3 cluster/member/list within 1000 ms"]);
  });

  test("asks all at once when nobody is known, or no member that is has the wish of now", async () => {
    for (const told of [undefined, "https://h9:2379"]) {
      const { callAt, calls } = cluster({ hanging: ["h1"] });
      const seen = await lookAtList({ endpoints, clusterId: undefined, told }, callAt, signal);
      assert.ok("list" in seen && seen.endpoint === urlOf("h2"));
      assert.equal(lists(calls).length, names.length);
    }
  });

  test("asks all others too when who has told is silent, or of another cluster by now", async () => {
    for (const gone of [{ hanging: ["h2"] }, { foreign: ["h2"] }]) {
      const { callAt, calls } = cluster(gone);
      const seen = await lookAtList({ endpoints, clusterId: (77).toString(16), told: urlOf("h2") }, callAt, signal);
      assert.ok("list" in seen && seen.endpoint === urlOf("h1"));
      assert.deepEqual(
        seen.list.filter(({ isWell }) => !isWell).map(({ name }) => name),
        ["h2"],
      );
      assert.equal(lists(calls).length, 1 + names.length);
    }
  });

  test("says in everybody's words why nobody tells it", async () => {
    const { callAt } = cluster({ hanging: names });
    const seen = await lookAtList({ endpoints, clusterId: undefined, told: urlOf("h2") }, callAt, signal);
    assert.ok("silence" in seen);
    for (const name of names) assert.match(seen.silence, new RegExp(`${name} is silent`));
  });
});

test("a look for care costs one request and two a member", async () => {
  const { callAt, calls } = cluster();
  const { members, alarms } = await lookAtMembers({ clientUrl: urlOf("h1") }, callAt);
  assert.ok(members.length === names.length && alarms.length === 0);
  assert.equal(calls.length, 1 + 2 * names.length);
});
