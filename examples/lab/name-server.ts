// A name server at the operator's place of a lab, which its hosts have in their /etc/resolv.conf: it knows one name.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { env, execPath } from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Lab } from "./lab.ts";

export type NameServer = {
  /** Names that it was asked for so far. */
  readonly asked: () => readonly string[];
  /** Ends it; resolves when it is gone. */
  readonly stop: () => Promise<void>;
};

const script = fileURLToPath(new URL("hosts", import.meta.url));
const program = fileURLToPath(new URL("name-server-program.ts", import.meta.url));

/** Resolves when it listens. It ends with this process at the latest. */
export async function startNameServer(lab: Lab, name: string, address: string): Promise<NameServer> {
  const child = spawn(script, ["net", execPath, program, `${lab.prefix}.1`, name, address], {
    env: { ...env, LAB_DIR: lab.dir },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exit = once(child, "exit");
  const asked: string[] = [];
  const lines = createInterface({ input: child.stdout });
  const listens = once(lines, "line");
  lines.on("line", (text) => void asked.push(text));
  await Promise.race([listens, exit.then(() => Promise.reject(new Error("the name server did not start")))]);
  return {
    asked: () => asked.slice(1),
    stop: async () => {
      child.stdin.end();
      await exit;
    },
  };
}
