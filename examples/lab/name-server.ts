// A name server at the operator's place of a lab, which its hosts have in their /etc/resolv.conf: it knows one name.
import { spawn } from "node:child_process";
import { env, execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { firstLine } from "./first-line.ts";
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
  const { told, exit } = await firstLine(child, "the name server");
  return {
    asked: told,
    stop: async () => {
      child.stdin.end();
      await exit;
    },
  };
}
