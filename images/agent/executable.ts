// Makes a single executable of a program and Node (a SEA), by pkg's own function: it takes every SEA setting and a
// local Node, and needs no network. pkg's command line can do neither.
import { copyFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { env, version } from "node:process";

import type { Arch } from "./node-binary.ts";
import type { Program } from "./bundle.ts";

type Sea = (
  entry: string,
  options: {
    readonly nodePath: string;
    readonly useLocalNode: boolean;
    readonly seaConfig: Readonly<
      Record<string, string | boolean | readonly string[] | Readonly<Record<string, string>>>
    >;
    readonly targets: readonly { nodeRange: string; platform: string; arch: Arch; output: string }[];
  },
) => Promise<void>;

/**
 * What Node is told at each start. The agent's heap is small for most of a minute and then busy for a moment: V8 would let the
 * space for young objects grow to 16 MiB each, and garbage in it counts as heap to be collected after a tick.
 */
export const nodeOptions: Readonly<Record<Program, readonly string[]>> = {
  agent: ["--max-semi-space-size=4"],
  planner: [],
  provider: [],
};

/** What runs first in every executable, and reads the assets below. */
const loader = join(import.meta.dirname, "loader.cjs");

/**
 * Writes the executable `output`, beside which other files may be left; all paths must be absolute, since pkg changes the working
 * directory. The same input gives the same bytes wherever it lies.
 */
export async function makeExecutable(options: {
  /** File with a `programText`. */
  readonly program: string;
  readonly nodeOptions: readonly string[];
  /** Files that the warm-up has made with `node`, by name; none where that cannot run here. */
  readonly codeCaches: Readonly<Record<string, string>>;
  readonly node: string;
  readonly arch: Arch;
  readonly output: string;
}): Promise<void> {
  const { program, codeCaches, node, arch, output } = options;
  // Node writes into the executable where what runs first has lain; pkg's own folder is made in this one
  const work = dirname(output);
  await copyFile(loader, join(work, "loader.cjs"));
  const { TMPDIR: before } = env;
  env["TMPDIR"] = work;
  // private, therefore pkg's version is pinned exactly; its shape is the one written down in type Sea
  const { default: sea } = createRequire(import.meta.url)("@yao-pkg/pkg/lib-es5/sea.js") as { default: Sea };
  await sea(loader, {
    nodePath: node,
    useLocalNode: true, // the blob is made by the running Node where `node` is of another architecture
    seaConfig: {
      main: "../loader.cjs",
      disableExperimentalSEAWarning: true,
      assets: { program, ...codeCaches },
      execArgv: options.nodeOptions,
      execArgvExtension: "none", // NODE_OPTIONS in the environment must not reach a program with the Docker socket
    },
    targets: [{ nodeRange: `node${version.slice(1)}`, platform: "linux", arch, output }],
  }).finally(() => {
    if (before === undefined) delete env["TMPDIR"];
    else env["TMPDIR"] = before;
  });
}
