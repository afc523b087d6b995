// Asks all targets at once, ten times a second, until a file is there; run by sample-answers.ts.
// Arguments: the file, then tcp://IP:PORT (it accepts) or https://IP:PORT/PATH (it says 200). Prints a digit a target for each look,
// and why, a word each, where several are down. A file of the same name with .begun tells that it looks.
import { existsSync, writeFileSync } from "node:fs";
import { Agent, get } from "node:https";
import { connect } from "node:net";
import { argv, stdout } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

const [stopFile = "", ...targets] = argv.slice(2);
/** Who does not answer within this time is down; busy machines are slow, and that is not meant. */
const limitMs = 20_000;
/** No more looks are begun while so many are without an answer: what is slow gets no further load from here. */
const openLooks = 10;
const agent = new Agent({ keepAlive: true });

/** Empty when it is up, else why not, in one word; so do all that ask. */
type Down = string;

const wordOf = (error: Error): Down => ("code" in error ? String(error.code) : error.name);

async function accepts({ hostname, port }: URL): Promise<Down> {
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    const end = (down: Down): void => {
      socket.destroy();
      resolve(down);
    };
    socket.setTimeout(limitMs, () => end("silent"));
    socket.once("connect", () => end(""));
    socket.once("error", (error) => end(wordOf(error)));
  });
}

/** Says 200, on a connection that was kept or on a new one. */
async function says200(url: URL): Promise<Down> {
  return new Promise((resolve) => {
    const request = get(url, { agent, signal: AbortSignal.timeout(limitMs) }, (response) => {
      response.resume();
      response.once("end", () => resolve(response.statusCode === 200 ? "" : `status-${response.statusCode}`));
      response.once("error", (error) => resolve(wordOf(error)));
    });
    request.once("error", (error) => {
      const down = wordOf(error);
      // a kept connection may be to a process that has been replaced meanwhile: that says nothing of the one that is there now
      resolve(request.reusedSocket && down === "ECONNRESET" ? says200(url) : down);
    });
  });
}

async function look(urls: readonly URL[]): Promise<void> {
  const found = await Promise.all(urls.map(async (url) => (url.protocol === "tcp:" ? accepts(url) : says200(url))));
  const reasons = found.filter((down) => down !== "");
  const told = reasons.length > 1 ? ` ${reasons.join(" ")}` : "";
  stdout.write(`${found.map((down) => (down === "" ? 1 : 0)).join("")}${told}\n`);
}

const urls = targets.map((target) => new URL(target));
const looks = new Set<Promise<void>>();
writeFileSync(`${stopFile}.begun`, "");
while (!existsSync(stopFile)) {
  const next = look(urls).finally(() => looks.delete(next));
  looks.add(next);
  if (looks.size >= openLooks) await Promise.race(looks);
  await sleep(100);
}
await Promise.all(looks);
agent.destroy();
