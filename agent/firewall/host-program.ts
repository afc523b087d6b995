// Runs a program of the host from a container that has the host's `/` somewhere: by the host's own loader with the host's own libraries,
// since the agent's image has neither the program nor those.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { arch } from "node:process";

export type HostProgram = {
  /** Its names on systems that there are; the first that is there is run. */
  readonly paths: readonly string[];
  readonly args: readonly string[];
};

/** Its standard output; undefined where there is no such program, or when it fails, is silent for too long or says too much. */
export type RunHostProgram = (program: HostProgram) => Promise<string | undefined>;

const timeoutMs = 10_000;
/** A node with ten thousand rules has some five megabytes. */
const mostBytes = 16 * 1024 * 1024;

const triplets: Readonly<Record<string, string>> = { x64: "x86_64-linux-gnu", arm64: "aarch64-linux-gnu" };
const loaders: Readonly<Record<string, readonly string[]>> = {
  x64: ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1"],
  arm64: ["/lib/ld-linux-aarch64.so.1", "/lib64/ld-linux-aarch64.so.1", "/lib/ld-musl-aarch64.so.1"],
};

/** `root`: where the host's `/` is. */
export function createHostPrograms(root: string): RunHostProgram {
  const there = (paths: readonly string[]): readonly string[] =>
    paths.map((path) => `${root}${path}`).filter((path) => existsSync(path));
  const triplet = triplets[arch] ?? "";
  const libraries = there([`/lib/${triplet}`, `/usr/lib/${triplet}`, "/lib64", "/usr/lib64", "/lib", "/usr/lib"]);
  const [loader] = there(loaders[arch] ?? []);
  // where iptables looks for what it knows of matches and targets
  const [extensions] = there([`/usr/lib/${triplet}/xtables`, "/usr/lib64/xtables", "/usr/lib/xtables", "/lib/xtables"]);
  const env = extensions === undefined ? {} : { XTABLES_LIBDIR: extensions };
  return async ({ paths, args }) => {
    const [program] = there(paths);
    if (program === undefined || loader === undefined) return undefined;
    const all = ["--library-path", libraries.join(":"), program, ...args];
    return new Promise((resolve) => {
      const options = { env, timeout: timeoutMs, killSignal: "SIGKILL", maxBuffer: mostBytes } as const;
      execFile(loader, all, options, (error, output) => resolve(error === null ? output : undefined));
    });
  };
}
