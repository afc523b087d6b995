// A root module for the real Terraform or OpenTofu, with this provider in place of a downloaded one. For tests.
import { execFile } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { runCommand } from "#lab/run-command.ts";
import { zipText } from "./zip-text.ts";

const opentofu = fileURLToPath(new URL("../../images/lab/opentofu", import.meta.url));
const commandTimeoutMs = 300_000;
const mostOutput = 64 * 1024 * 1024;

export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

export type Workspace = {
  readonly folder: string;
  readonly write: (name: string, text: string) => Promise<void>;
  /** Runs it with these arguments; `watch` sees its process and what it prints. */
  readonly run: (args: readonly string[], more?: RunOptions) => Promise<Ran>;
  /** The same, and throws with all that it has said when its exit code is another. */
  readonly mustRun: (args: readonly string[], more?: RunOptions & { readonly code?: number }) => Promise<Ran>;
  /** The plan as data, after `plan -out` into that file. */
  readonly shown: (file: string) => Promise<unknown>;
  /** Values of flexkube_cluster.this in the state. */
  readonly state: () => Promise<Readonly<Record<string, unknown>>>;
  /** How often a text occurs in all that lies in the folder, packed plans unpacked. */
  readonly count: (text: string) => Promise<number>;
};

export type RunOptions = {
  readonly environment?: Readonly<Record<string, string>>;
  readonly watch?: (child: ChildProcess) => void;
};

/** Path of the machine's Terraform or OpenTofu; where it has neither, of an OpenTofu that is compiled once. */
export async function anyProgram(): Promise<string> {
  return (await runCommand([opentofu, "--or-terraform"])).trim();
}

/** Path of OpenTofu, and of a Terraform where that is on the PATH. */
export async function allPrograms(): Promise<readonly string[]> {
  const programs = [(await runCommand([opentofu])).trim(), await anyProgram()];
  return [...new Set(programs)];
}

export type WorkspaceOptions = {
  readonly program: string;
  /** A command that is the provider. */
  readonly provider: readonly string[];
  /** The module's; one of its own when unset. */
  readonly folder?: string;
};

export async function workspaceFor(
  t: Pick<TestContext, "after">,
  { program, provider, folder: given }: WorkspaceOptions,
): Promise<Workspace> {
  const root = await mkdtemp(join(tmpdir(), "flexkube-terraform-"));
  t.after(() => rm(root, { recursive: true, force: true }));
  const [folder, overrides] = [given ?? join(root, "module"), join(root, "provider")];
  await Promise.all([folder, overrides].map((each) => mkdir(each, { recursive: true })));
  const script = `#!/bin/sh\nexec ${provider.join(" ")}\n`;
  await writeFile(join(overrides, "terraform-provider-flexkube"), script, { mode: 0o755 });
  const settings = `provider_installation {\n  dev_overrides { "flexkube/flexkube" = "${overrides}" }\n  direct {}\n}\n`;
  await writeFile(join(root, "settings.tfrc"), settings);
  const run: Workspace["run"] = (args, { environment = {}, watch } = {}) => {
    const env = {
      ...process.env,
      TF_CLI_CONFIG_FILE: join(root, "settings.tfrc"),
      TF_IN_AUTOMATION: "1",
      CHECKPOINT_DISABLE: "1",
      ...environment,
    };
    return new Promise((resolve) => {
      const options = { cwd: folder, env, timeout: commandTimeoutMs, maxBuffer: mostOutput };
      const child = execFile(program, [...args], options, (_, stdout, stderr) =>
        resolve({ code: child.exitCode ?? -1, stdout, stderr }),
      );
      watch?.(child);
    });
  };
  const mustRun: Workspace["mustRun"] = async (args, { code = 0, ...more } = {}) => {
    const ran = await run(args, more);
    if (ran.code !== code) throw new Error(`${args.join(" ")}: ${ran.code}, not ${code}\n${ran.stdout}\n${ran.stderr}`);
    return ran;
  };
  return {
    folder,
    run,
    mustRun,
    write: (name, text) => writeFile(join(folder, name), text),
    shown: async (file) => {
      const document: unknown = JSON.parse((await mustRun(["show", "-json", file])).stdout);
      return document;
    },
    state: async () => clusterIn(JSON.parse(await readFile(join(folder, "terraform.tfstate"), "utf8"))),
    count: async (text) => countIn(folder, text),
  };
}

function clusterIn(state: unknown): Readonly<Record<string, unknown>> {
  const found = listAt(state, "resources").find((each) => field(each, "type") === "flexkube_cluster");
  const attributes = field(listAt(found, "instances")[0], "attributes");
  return typeof attributes === "object" ? { ...attributes } : {};
}

/** What a document has there. */
export function field(document: unknown, ...path: readonly string[]): unknown {
  let each = document;
  for (const name of path)
    each =
      typeof each === "object" && each !== null ? Object.entries(each).find(([key]) => key === name)?.[1] : undefined;
  return each;
}

/** The same of a list; empty where there is none. */
export function listAt(document: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = field(document, ...path);
  return Array.isArray(found) ? found : [];
}

async function countIn(folder: string, text: string): Promise<number> {
  let count = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const content = entry.name.endsWith(".tfplan") ? zipText(await readFile(path)) : await readFile(path, "latin1");
    count += content.split(text).length - 1;
  }
  return count;
}
