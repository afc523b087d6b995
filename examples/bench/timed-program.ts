// Runs a program and tells what it took: wall and processor time by the shell's own `time`, memory from /proc.
import { readFile } from "node:fs/promises";
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

export type Run = {
  readonly wallMs: number;
  /** User and system, with all children it waited for. */
  readonly cpuMs: number;
  /** Most resident memory of the program itself, sampled; 0 for one that ended within a sample's time. */
  readonly peakMiB: number;
  readonly stdout: string;
  readonly stderr: string;
};

export type RunOptions = {
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
};

const sampleMs = 25;
/** The last line of standard error is the shell's; the exit code is the program's. */
const script = `TIMEFORMAT=$'\\n%R %U %S'; time "$@"`;

/** Throws when the program does not end with 0. */
export async function timedProgram(command: readonly string[], options: RunOptions = {}): Promise<Run> {
  const child = spawn("bash", ["-c", script, "bash", ...command], {
    env: { ...process.env, ...options.env },
    cwd: options.cwd,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new AbortController();
  const exit = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? -1));
  }).finally(() => ended.abort());
  const [code, stdout, errors, peakMiB] = await Promise.all([
    exit,
    text(child.stdout),
    text(child.stderr),
    peakOf(child.pid ?? 0, ended.signal),
  ]);
  const lines = errors.trimEnd().split("\n");
  const [wall = Number.NaN, user = Number.NaN, system = Number.NaN] = (lines.at(-1) ?? "").split(" ").map(Number);
  const stderr = lines.slice(0, -1).join("\n");
  if (code !== 0) throw new Error(`${command.join(" ")}: exit code ${code}\n${stderr}${stdout}`);
  return { wallMs: wall * 1000, cpuMs: (user + system) * 1000, peakMiB, stdout, stderr };
}

/** High-water mark of the shell's child, looked at until the end. */
async function peakOf(shell: number, ended: AbortSignal): Promise<number> {
  let peak = 0;
  while (!ended.aborted) {
    peak = Math.max(peak, await residentMiB(shell));
    await sleep(sampleMs, undefined, { signal: ended }).catch(() => undefined);
  }
  return peak;
}

async function residentMiB(shell: number): Promise<number> {
  const child = (await readOrEmpty(`/proc/${shell}/task/${shell}/children`)).trim();
  const status = child === "" ? "" : await readOrEmpty(`/proc/${child}/status`);
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
}

/** A process may end between two looks. */
async function readOrEmpty(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}
