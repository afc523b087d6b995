// What etcd's members answer at /members, /version and /health; anything else is no answer.
import { at, parsedJson } from "#shared/json-fields.ts";
import type { EtcdMemberSeen } from "#shared/state/observed.ts";

/** A member list as its body; undefined when it is none. */
export function membersIn(body: string): readonly EtcdMemberSeen[] | undefined {
  const answer = parsedJson(body);
  if (!Array.isArray(answer)) return undefined;
  const members = answer.map(memberIn).filter((member) => member !== undefined);
  return members.length === answer.length ? members : undefined;
}

/** What a leader says while it has not heard of every member's version, as long as one of them has never come (etcd: MinClusterVersion). */
const undecided = "3.0";

/** Such as `3.5`; undefined while the members have not agreed on one. */
export function clusterVersionIn(body: string): string | undefined {
  const version = at(parsedJson(body), "etcdcluster");
  const minor = typeof version === "string" ? /^([0-9]+\.[0-9]+)\./.exec(version)?.[1] : undefined;
  return minor === undecided ? undefined : minor;
}

/** `{"health":"true"}`; 3.4 says it this way too. */
export function healthIn(body: string): boolean {
  return String(at(parsedJson(body), "health")) === "true";
}

/** etcd leaves out empty fields: a member that was added and never started has neither name nor clientURLs. */
function memberIn(item: unknown): EtcdMemberSeen | undefined {
  if (typeof item !== "object" || item === null) return undefined;
  const name = at(item, "name") ?? "";
  const isLearner = at(item, "isLearner") ?? false;
  const peerUrls = urlsIn(at(item, "peerURLs"));
  const clientUrls = urlsIn(at(item, "clientURLs"));
  if (typeof name !== "string" || typeof isLearner !== "boolean" || peerUrls === undefined || clientUrls === undefined)
    return undefined;
  return { name, peerUrls, clientUrls, ...(isLearner ? { isLearner } : {}) };
}

function urlsIn(value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return undefined;
  const urls = value.filter((url) => typeof url === "string");
  return urls.length === value.length ? urls : undefined;
}
