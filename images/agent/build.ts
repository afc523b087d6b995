// build.ts [agent] [planner] [provider] [--arch amd64|arm64] - dist/flexkube-agent, dist/flexkube-planner and
// dist/terraform-provider-flexkube, each one executable file. What did not change is not made again, so that a test can call this every time.
import { createHash } from "node:crypto";
import { glob, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { arch as hostArch, version } from "node:process";
import { parseArgs } from "node:util";

import { bundle, programText, repository, type Program } from "./bundle.ts";
import { makeExecutable, nodeOptions } from "./executable.ts";
import { nodeBinary, type Arch } from "./node-binary.ts";
import { warmUp } from "./warm-up/warm-up.ts";

const programs: readonly Program[] = ["agent", "planner", "provider"];
/** Terraform finds a provider by such a name. */
const outputs: Readonly<Record<Program, string>> = {
  agent: "flexkube-agent",
  planner: "flexkube-planner",
  provider: "terraform-provider-flexkube",
};
const arches: Readonly<Record<string, Arch>> = { amd64: "x64", arm64: "arm64" };

/**
 * Builds the program if it is missing or its code changed; the path of the executable, in `dist` or where else it is to lie. For a
 * release it says its commit.
 */
export async function buildProgram(
  program: Program,
  arch: Arch = nativeArch(),
  { dist = join(repository, "dist"), commit }: { readonly dist?: string; readonly commit?: string } = {},
): Promise<string> {
  const name = arch === hostArch ? outputs[program] : `${outputs[program]}-${arch}`;
  const output = join(dist, name);
  const text = programText((await bundle(program, commit)).text);
  const stamp = createHash("sha256")
    .update(await recipe())
    .update(version)
    .update(text)
    .digest("hex");
  if ((await contentOf(`${output}.stamp`)) === stamp) return output;
  await mkdir(dist, { recursive: true });
  const work = await mkdtemp(join(dist, `.${name}-`));
  try {
    const node = await nodeBinary(arch);
    const file = join(work, "program.cjs");
    await writeFile(file, text);
    const common = { node, nodeOptions: nodeOptions[program] };
    const codeCaches = arch === hostArch ? await warmUp(program, { ...common, text: file, folder: work }) : {};
    await makeExecutable({ ...common, program: file, codeCaches, arch, output: join(work, name) });
    await rename(join(work, name), output);
    await writeFile(`${output}.stamp`, stamp);
  } finally {
    await rm(work, { recursive: true });
  }
  return output;
}

/** All sources that have a say in what an executable is, apart from the program's own. */
async function recipe(): Promise<string> {
  const names: string[] = [];
  for await (const name of glob(["executable.ts", "loader.cjs", "warm-up/!(*.test).ts"], { cwd: import.meta.dirname }))
    names.push(name);
  const texts = names.toSorted().map(async (name) => readFile(join(import.meta.dirname, name), "utf8"));
  return (await Promise.all(texts)).join("\n");
}

function nativeArch(): Arch {
  return hostArch === "arm64" ? "arm64" : "x64";
}

async function contentOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options: { arch: { type: "string" } }, allowPositionals: true });
  const arch = values.arch === undefined ? nativeArch() : arches[values.arch];
  const wanted = programs.filter((program) => positionals.length === 0 || positionals.includes(program));
  if (arch === undefined || wanted.length === 0) {
    process.stderr.write("usage: build.ts [agent] [planner] [provider] [--arch amd64|arm64]\n");
    process.exitCode = 64;
    return;
  }
  for (const program of wanted) process.stdout.write(`${await buildProgram(program, arch)}\n`);
}

if (import.meta.main) await main();
