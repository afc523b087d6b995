// The agent as a process of this machine that works on a lab host: in the host's network, with its files and its socket.
// Tests can then end it at any moment without a call to the engine, and see all its calls through a proxy.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { LabHost } from "./host.ts";

export type OutsideAgentOptions = {
  /** Reference of the agent's image, which must be on the host: config containers are made from it (images.ts: `agentImage`). */
  readonly image: string;
  /** The agent's command line without the options that follow from the rest. */
  readonly args: readonly string[];
  /** Host config: a file of this machine. */
  readonly config: string;
  /** State directory on this machine; made when it is missing. */
  readonly state: string;
  /** Docker socket; the host's own unless told. */
  readonly socket?: string | undefined;
};

export type OutsideAgent = {
  readonly pid: number;
  /** SIGKILL; resolves when the process is gone. */
  readonly kill: () => Promise<void>;
  /** Sends any other signal. */
  readonly signal: (name: NodeJS.Signals) => void;
  /** Exit code -1 after a signal. */
  readonly ended: Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }>;
};

/** Made by `agentImage` together with the image. */
const executable = fileURLToPath(new URL("../../dist/flexkube-agent", import.meta.url));

/**
 * Resolves when the process runs. All agents of one host must be outside, or none: whether the holder of a lock lives is seen only
 * from where it lives.
 */
export async function startAgentOutside(host: LabHost, options: OutsideAgentOptions): Promise<OutsideAgent> {
  const { image, args, config, state, socket = host.socket } = options;
  const init = await host.pid();
  const line = [`--net=/proc/${init}/ns/net`, executable, ...args];
  const places = ["--host-root", `/proc/${init}/root`, "--socket", socket, "--state", state, "--config", config];
  const child = spawn("nsenter", [...line, ...places, "--image", image], { stdio: ["ignore", "pipe", "pipe"] });
  const exit = once(child, "exit");
  const ended = Promise.all([exit, text(child.stdout), text(child.stderr)]).then(([[code], stdout, stderr]) => ({
    exitCode: typeof code === "number" ? code : -1,
    stdout,
    stderr,
  }));
  const { pid } = child;
  // `ended` tells why
  if (pid === undefined) return ended.then(() => Promise.reject(new Error("nsenter has no process id")));
  return {
    pid,
    kill: async () => {
      child.kill("SIGKILL");
      await exit;
    },
    signal: (name) => void child.kill(name),
    ended,
  };
}

/** Runs it to its end. */
export async function runAgentOutside(
  host: LabHost,
  options: OutsideAgentOptions,
): Promise<Awaited<OutsideAgent["ended"]>> {
  return (await startAgentOutside(host, options)).ended;
}
