// Starts `bare-requests.ts` within a host's network.
import { spawn } from "node:child_process";
import { execPath } from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { BareRequest } from "./bare-requests.ts";
import type { BenchHost } from "./bench-host.ts";

export type Requests = {
  /** Makes all of them once; resolves to what they took, in milliseconds. */
  readonly run: () => Promise<number>;
  readonly close: () => void;
};

const program = fileURLToPath(new URL("bare-requests.ts", import.meta.url));
/** Rounds until the engine of JavaScript knows the code. */
const warmUp = 30;

/** Resolves when they have been made a few times. Rejects, and so does `run`, when one fails. */
export async function startRequests({ pid }: BenchHost, requests: readonly BareRequest[]): Promise<Requests> {
  const child = spawn("nsenter", [`--net=/proc/${pid}/ns/net`, execPath, program], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const run = async (): Promise<number> => {
    child.stdin.write("\n");
    const line = await lines.next();
    if (line.done === true) throw new Error("a bare request failed; what it said stands above");
    return Number(line.value);
  };
  child.stdin.write(`${JSON.stringify(requests)}\n`);
  for (let round = 0; round < warmUp; round++) await run();
  return { run, close: () => child.stdin.end() };
}
