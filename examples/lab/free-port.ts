// A port of loopback that nobody listens on, and that is handed out once.
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import type { ListenOptions, Server } from "node:net";

/** Below those that the kernel gives to outgoing connections, any of which may take one of them before it is listened on. */
const all = { first: 20_000, last: 32_000 };
const tries = 100;

/**
 * Free when it was asked for, and no other test gets it as long as this process lives: tests side by side listen on theirs only later.
 * `range`: the last port is not in it.
 */
export async function freePort({ first, last } = all): Promise<number> {
  for (let attempt = 0; attempt < tries; attempt++) {
    const port = randomInt(first, last);
    if ((await isFree(port)) && (await isReserved(port))) return port;
  }
  throw new Error(`no free port among ${tries} between ${first} and ${last}`);
}

async function isFree(port: number): Promise<boolean> {
  const server = await listening({ port, host: "127.0.0.1" });
  if (server === undefined) return false;
  server.close();
  await once(server, "close");
  return true;
}

/** By a name among the abstract sockets, which are one process's alone, leave no file and end with it. */
async function isReserved(port: number): Promise<boolean> {
  const holder = await listening({ path: `\0flexkube-port-${port}` });
  holder?.unref();
  return holder !== undefined;
}

async function listening(where: ListenOptions): Promise<Server | undefined> {
  const server = createServer().listen(where);
  try {
    await once(server, "listening");
    return server;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return undefined;
    throw error;
  }
}
