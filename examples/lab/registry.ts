// An image registry on loopback, where Docker speaks plain HTTP: a host's, with a name and a password, or that of this machine.
import { spawn } from "node:child_process";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { firstLine } from "./first-line.ts";
import type { LabHost } from "./host.ts";

export type RegistryOptions = {
  /** Archive of images/lab/make: one image of one layer. */
  readonly tar: string;
  /** What it is called here, such as "tools/busybox:1". */
  readonly image: string;
  /** Without one nobody is asked for a password. */
  readonly username?: string;
  readonly password?: string;
  /** How long it takes to send the layer; default 0. */
  readonly layerMs?: number;
  /** Answers nothing; sends a part of the layer and then nothing; sends a part and ends the connection. */
  readonly fault?: "silent" | "stalls" | "cuts";
};

/** What the program is started with; port 0 is any. */
export type ProgramOptions = RegistryOptions & { readonly port: number };

export type Registry = {
  /** As host configs name it. */
  readonly server: string;
  /** Requests so far, as `STATUS METHOD PATH`; 000 is no answer. */
  readonly requests: () => readonly string[];
  /** Ends it; resolves when it is gone. */
  readonly stop: () => Promise<void>;
};

const program = fileURLToPath(new URL("registry-program.ts", import.meta.url));

/** On the host's loopback. Resolves when it listens. It ends with this process at the latest. */
export async function startRegistry(host: LabHost, options: RegistryOptions): Promise<Registry> {
  return start(["nsenter", `--net=/proc/${await host.pid()}/ns/net`, execPath], { ...options, port: 5000 });
}

/** The same beside the test, on a port that is free. */
export async function startRegistryHere(options: RegistryOptions): Promise<Registry> {
  return start([execPath], { ...options, port: 0 });
}

async function start([command = "", ...args]: readonly string[], options: ProgramOptions): Promise<Registry> {
  const child = spawn(command, [...args, program, JSON.stringify(options)], { stdio: ["ignore", "pipe", "inherit"] });
  const { first, told, exit } = await firstLine(child, "the registry");
  return {
    server: `127.0.0.1:${first}`,
    requests: told,
    stop: async () => {
      child.kill();
      await exit;
    },
  };
}
