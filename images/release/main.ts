// main.ts [--out DIR] [--untagged] [--arch ARCH...] - `npm run release`: all files of a release, from the commit that is checked out. The
// same commit gives the same bytes, in whatever directory and by whomever.
import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { version as node } from "node:process";
import { parseArgs, promisify } from "node:util";

import { ownValue } from "#shared/own-value.ts";
import { repository } from "../agent/bundle.ts";
import type { Arch } from "../agent/node-binary.ts";
import manifest from "../../package.json" with { type: "json" };
import { licencesText, nodeLicence, partsOf } from "./collect.ts";
import { Release, type Source } from "./make-release.ts";

const run = promisify(execFile);
const arches: Readonly<Record<string, Arch>> = { amd64: "x64", arm64: "arm64" };
const say = (line: string): void => void process.stderr.write(`release: ${line}\n`);
const output = async (file: string, ...args: readonly string[]): Promise<string> =>
  (await run(file, [...args], { cwd: repository, maxBuffer: 1 << 26 })).stdout.trim();

class Refused extends Error {}

/** What is checked out. Refuses changes that no commit has, and without `untagged` a commit that is not tagged with its version. */
async function source(untagged: boolean): Promise<Source> {
  const commit = await output("git", "rev-parse", "HEAD");
  const changed = await output("git", "status", "--porcelain");
  if (changed !== "") throw new Refused(`there are changes that no commit has:\n${changed}`);
  const wanted = `v${manifest.version}`;
  const tags = (await output("git", "tag", "--points-at", "HEAD")).split("\n");
  if (tags.includes(wanted)) return { commit, tag: wanted };
  if (!untagged)
    throw new Refused(`commit ${commit} has no tag ${wanted}: git tag -s ${wanted}, or --untagged for a trial`);
  return { commit, tag: undefined };
}

/** Symbols are stripped from Node where this is there; a release must not hang on that. */
async function tools(): Promise<Readonly<Record<string, string>>> {
  const strip = await output("strip", "--version").catch(() => undefined);
  if (strip === undefined) throw new Refused("strip is missing (Debian: apt-get install binutils)");
  return { node, strip: strip.split("\n")[0] ?? "" };
}

function archOf(debian: string): Arch {
  const arch = ownValue(arches, debian);
  if (arch === undefined) throw new Refused(`--arch ${debian}: one of ${Object.keys(arches).join(", ")}`);
  return arch;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      out: { type: "string" },
      untagged: { type: "boolean", default: false },
      arch: { type: "string", multiple: true, default: Object.keys(arches) },
    },
  });
  const wanted = values.arch.map((debian) => [debian, archOf(debian)] as const);
  const from = await source(values.untagged);
  const used = await tools();
  const out = values.out === undefined ? join(repository, "dist/release") : resolve(values.out);
  if (values.out === undefined) await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  // what lies in somebody's own directory is not ours to remove
  if ((await readdir(out)).length > 0) throw new Refused(`${out} is not empty`);
  const work = join(repository, "dist/release-work");
  await mkdir(work, { recursive: true });
  const programs = {
    agent: await partsOf("agent"),
    planner: await partsOf("planner"),
    provider: await partsOf("provider"),
  };
  const own = await readFile(join(repository, "LICENSE"), "utf8");
  const all = Object.values(programs).flat();
  await writeFile(join(work, "LICENSES.txt"), licencesText(own, await nodeLicence(), all));
  const release = new Release({ out, work, from, programs, say, output });
  for (const [debian, arch] of wanted) await release.arch(debian, arch);
  await release.close(used);
  process.stdout.write(`${out}\n`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  say(error.message);
  process.exitCode = 1;
}
