// A program that says by its first line on standard output that it is ready, and by each one after that what it has done.
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { createInterface } from "node:readline";

export type Telling = {
  readonly first: string;
  /** Lines behind the first, so far. */
  readonly told: () => readonly string[];
  /** Resolves when it is gone. */
  readonly exit: Promise<unknown>;
};

/** Resolves at the first line; fails when the program ends before. `what` names it. */
export async function firstLine(child: ChildProcess & { readonly stdout: Readable }, what: string): Promise<Telling> {
  const exit = once(child, "exit");
  const all: string[] = [];
  const lines = createInterface({ input: child.stdout });
  const first = once(lines, "line");
  lines.on("line", (text) => void all.push(text));
  await Promise.race([first, exit.then(() => Promise.reject(new Error(`${what} did not start`)))]);
  return { first: all[0] ?? "", told: () => all.slice(1), exit };
}
