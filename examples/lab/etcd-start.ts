// An etcd member of its own with further arguments: whether it starts with them.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "#lab/eventually.ts";
import { freePort } from "#lab/free-port.ts";

/** What the program says when it ends by itself; empty when it serves. Its data lies below `directory` meanwhile. */
export async function etcdRefusal(program: string, args: readonly string[], directory: string): Promise<string> {
  const data = await mkdtemp(join(directory, "member-"));
  const [client, peer] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
  const urls = [`--listen-client-urls=${client}`, `--advertise-client-urls=${client}`, `--listen-peer-urls=${peer}`];
  const initial = [`--initial-advertise-peer-urls=${peer}`, `--initial-cluster=default=${peer}`];
  const child = spawn(program, [`--data-dir=${data}`, ...urls, ...initial, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (part: string) => (said += part));
  let hasEnded = false;
  const ended = new Promise((resolve) => child.once("close", resolve)).then(() => (hasEnded = true));
  try {
    const works = await eventually(async () => hasEnded || (await isHealthy(client)), {
      what: `etcd ${args.join(" ")} serves or ends`,
      deadlineMs: 60_000,
    });
    return works && !hasEnded ? "" : `${args.join(" ")}\n${said.slice(-900)}`;
  } finally {
    child.kill("SIGKILL");
    await ended;
    await rm(data, { recursive: true, force: true });
  }
}

const misdirected = 421;

async function isHealthy(url: string): Promise<boolean> {
  const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2000) });
  // it serves those on its --host-whitelist only, by the name that they call it
  if (response.status === misdirected) return true;
  return (await response.text()).includes('"health":"true"');
}
