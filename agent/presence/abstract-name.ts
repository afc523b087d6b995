// A name in the host's network namespace that one process has at a time: an abstract Unix socket. No file is left of it:
// the kernel frees it when its process ends, however that was.
import { connect, createServer } from "node:net";
import type { Server } from "node:net";

export type HeldName = { readonly close: () => Promise<void> };

/** Connections at once; each is answered and ended. */
const maxConnections = 64;
/** An answer is one line. */
const maxAnswerBytes = 1024;

/** Takes the name and answers whoever asks there; undefined when another has it. Rejects with the system's error. */
export async function takeName(name: string, answer: string): Promise<HeldName | undefined> {
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.write(answer);
    // who does not read is not waited for
    socket.destroySoon();
  });
  server.maxConnections = maxConnections;
  return (await isTaken(server, name)) ? { close: async () => closed(server) } : undefined;
}

async function isTaken(server: Server, name: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const refused = (error: NodeJS.ErrnoException): void =>
      error.code === "EADDRINUSE" ? resolve(false) : reject(error);
    server.once("error", refused);
    server.listen(`\0${name}`, () => {
      server.off("error", refused);
      // a connection that cannot be accepted (no more files) ends nothing; who asks asks again
      server.on("error", () => undefined);
      resolve(true);
    });
  });
}

async function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

/** What its holder says; undefined when nobody holds it, or the holder says nothing in time. */
export async function askName(name: string, timeoutMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    let answer = "";
    const end = (said: string | undefined): void => {
      socket.destroy();
      resolve(said);
    };
    const socket = connect(`\0${name}`);
    // for all of it: a holder that sends a byte now and then is not waited for
    const limit = AbortSignal.timeout(timeoutMs);
    limit.addEventListener("abort", () => end(undefined), { once: true });
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      answer += text;
      if (answer.length > maxAnswerBytes) end(undefined);
    });
    socket.on("error", () => end(undefined));
    socket.on("end", () => end(answer));
  });
}
