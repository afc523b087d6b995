// A container that is another user's after a change: what it owns, and a watch over who owns it when.
import assert from "node:assert/strict";
import { config, data } from "./container-texts.ts";
import type { FakeHost } from "./fake-host.ts";
import { ownerOf } from "./world-of.ts";

/** It keeps data and a key that only its user reads. */
export const owned = (image: string, user: number, former: string): string =>
  `${config(`  web:
    image: ${image}
    user: "${user}:${user}"
    restart: always
    probe: {settle: 1s, deadline: 5s}
    mounts: [{source: ${data}, target: /data, create: {mode: "0700", uid: ${user}, gid: ${user}}}]
    files:
      - {path: sealed.key, content: same, mode: "0600", uid: ${user}, gid: ${user}}
      - {path: live.key, content: same, mode: "0600", uid: ${user}, gid: ${user}, effect: none}
`)}${former}`;
/** The users that `owned` had. */
export const formerOwners = "formerOwners: {web: [{uid: 6, gid: 6}, {uid: 7, gid: 7}]}\n";

/** As a server of the present owner has written it, and something of root's. */
export function addData({ engine }: FakeHost): void {
  const { uid, gid } = engine.host.stat(data);
  engine.host.mkdir(`${data}/member`, { mode: 0o700, uid, gid });
  engine.host.write(`${data}/member/db`, "data", { mode: 0o600, uid, gid });
  engine.host.mkdir(`${data}/lost+found`, { mode: 0o700 });
}

/** What starts as a user owns its data and its live files, and nothing of it runs while they are given away. */
export function watchOwners({ engine }: FakeHost): void {
  const start = engine.start.bind(engine);
  engine.start = async (id, ...rest) => {
    const found = engine.containers.find((container) => container.id === id);
    const isGiving = found?.command?.some((argument) => /^own(-top)?:/.test(argument)) === true;
    const isUp = engine.containers.some(
      ({ state, labels }) => state === "running" && labels["flexkube.container"] === "web",
    );
    assert.ok(!(isGiving && isUp), "directories are given away while their container runs");
    const user = found?.user;
    if (user !== undefined && user !== "" && found?.labels["flexkube.container"] === "web")
      for (const path of [data, `${data}/member/db`, "/etc/kubernetes/web/live", "/etc/kubernetes/web/live/live.key"])
        if (engine.host.exists(path)) assert.equal(ownerOf(engine, path), user, path);
    return start(id, ...rest);
  };
}
