// Asks all etcd members at once, ten times a second until a file is there, for a read that needs a quorum; run by sample-clusters.ts.
// Arguments: the file, then CA, certificate and key, then https://IP:PORT. Prints a line of JSON for each answer that has one.
import { existsSync, readFileSync } from "node:fs";
import { request } from "node:https";
import { argv, stdout } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

const [stopFile = "", ca = "", cert = "", key = "", ...targets] = argv.slice(2);
const tls = { ca: readFileSync(ca), cert: readFileSync(cert), key: readFileSync(key) };
const limitMs = 2000;
const body = JSON.stringify({ key: "AA==", count_only: true });

async function ask(target: string): Promise<void> {
  const begun = performance.now();
  const answer = await new Promise<string>((resolve) => {
    const options = { ...tls, method: "POST", agent: false, signal: AbortSignal.timeout(limitMs) };
    const asked = request(new URL("/v3/kv/range", target), options, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.once("end", () => resolve(response.statusCode === 200 ? text : ""));
      response.once("error", () => resolve(""));
    });
    asked.once("error", () => resolve(""));
    asked.end(body);
  });
  const cluster = /"cluster_id":"([0-9]+)"/.exec(answer)?.[1];
  if (cluster === undefined) return;
  const said = { target, cluster: BigInt(cluster).toString(16), begun, ended: performance.now() };
  stdout.write(`${JSON.stringify(said)}\n`);
}

const looks: Promise<void>[] = [];
while (!existsSync(stopFile)) {
  looks.push(...targets.map(ask));
  await sleep(100);
}
await Promise.all(looks);
