// A client of etcd's own: fills a member's database, or asks it at a steady rate. Run in a host's network by etcd-host.ts.
// Argument: EtcdLoad as JSON. Prints the milliseconds of each request as a JSON list.
import { existsSync, readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { argv, stdout } from "node:process";
import { json } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import type { EtcdLoad } from "./etcd-host.ts";

/** What etcd takes in one request by itself is 1.5 MiB, and 128 operations. */
const valueBytes = 16 * 1024;
const valuesAtOnce = 64;
const smallBytes = 1024;

// written by etcd-host.ts
const { url, ca, certificate, key, fillTo, perSecond, seconds, stopFile } = JSON.parse(argv[2] ?? "") as EtcdLoad;
const agent = new Agent({
  keepAlive: true,
  ca: readFileSync(ca),
  cert: readFileSync(certificate),
  key: readFileSync(key),
});

async function ask(method: string, body: object): Promise<unknown> {
  const content = JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const outgoing = request(`${url}/v3/${method}`, { agent, method: "POST" }, (answer) => {
      if (answer.statusCode === 200) json(answer).then(resolve, reject);
      else reject(new Error(`${method}: status ${answer.statusCode}`));
    });
    outgoing.once("error", reject);
    outgoing.end(content);
  });
}

const keyOf = (index: number): string => Buffer.from(`bench/${index}`).toString("base64");
/** No two alike, as in life: nothing below can press them together. */
const valueOf = (bytes: number): string =>
  Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString("base64");

async function dbBytes(): Promise<number> {
  // etcd's own answer
  const { dbSize } = (await ask("maintenance/status", {})) as { readonly dbSize?: string };
  return Number(dbSize ?? 0);
}

/** Ends when the database is that large. */
async function fill(bytes: number): Promise<void> {
  for (let index = 0; (await dbBytes()) < bytes; index += valuesAtOnce) {
    const success = Array.from({ length: valuesAtOnce }, (_, more) => ({
      requestPut: { key: keyOf(index + more), value: valueOf(valueBytes) },
    }));
    await ask("kv/txn", { success });
  }
}

/** A write, then a read that needs the leader. */
async function one(index: number): Promise<void> {
  if (index % 2 === 0)
    await ask("kv/put", {
      key: Buffer.from(`load/${index % 1000}`).toString("base64"),
      value: valueOf(smallBytes),
    });
  else await ask("kv/range", { key: keyOf(index % 1000) });
}

/** Requests at fixed moments, whether those before are answered or not: one that waits for its turn is late, too. */
async function load(): Promise<readonly number[]> {
  const begun = performance.now();
  const asked: Promise<number>[] = [];
  for (let index = 0; index < perSecond * seconds || !existsSync(stopFile); index++) {
    const due = begun + (index * 1000) / perSecond;
    await sleep(Math.max(0, due - performance.now()));
    asked.push(one(index).then(() => performance.now() - due));
  }
  return Promise.all(asked);
}

if (fillTo > 0) await fill(fillTo);
stdout.write(JSON.stringify(await load()));
agent.destroy();
