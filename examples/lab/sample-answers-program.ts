// Asks all targets at once, ten times a second, until a file is there; run by sample-answers.ts.
// Arguments: the file, then tcp://IP:PORT (it accepts) or https://IP:PORT/PATH (it says 200). Prints a digit a target for each look.
import { existsSync } from "node:fs";
import { Agent, get } from "node:https";
import { connect } from "node:net";
import { argv, stdout } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

const [stopFile = "", ...targets] = argv.slice(2);
/** Who does not answer within this time is down; busy machines are slow, and that is not meant. */
const limitMs = 5000;
const agent = new Agent({ keepAlive: true });

async function accepts({ hostname, port }: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    const end = (isUp: boolean): void => {
      socket.destroy();
      resolve(isUp);
    };
    socket.setTimeout(limitMs, () => end(false));
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });
}

async function says200(url: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent, signal: AbortSignal.timeout(limitMs) }, (response) => {
      response.resume();
      response.once("end", () => resolve(response.statusCode === 200));
      response.once("error", () => resolve(false));
    });
    request.once("error", () => resolve(false));
  });
}

async function look(urls: readonly URL[]): Promise<void> {
  const found = await Promise.all(urls.map(async (url) => (url.protocol === "tcp:" ? accepts(url) : says200(url))));
  stdout.write(`${found.map(Number).join("")}\n`);
}

const urls = targets.map((target) => new URL(target));
const looks: Promise<void>[] = [];
while (!existsSync(stopFile)) {
  looks.push(look(urls));
  await sleep(100);
}
await Promise.all(looks);
agent.destroy();
