// Reads the cluster config and the files it names. It must not read anything else.
import { dirname, isAbsolute, join } from "node:path";
import type { Problem } from "#shared/errors.ts";
import { FlexkubeError, isFlexkubeError } from "#shared/errors.ts";
import { notText } from "#shared/delivery/wrapping.ts";
import { ClusterConfig } from "#shared/schema/cluster-config.ts";
import { parseDocument } from "#shared/document/parse-document.ts";
import type { Source } from "#shared/document/source.ts";
import type { Input, InputFile } from "#planner/checks/check-inputs.ts";
import { inputFiles } from "#planner/checks/check-inputs.ts";
import { problemOf } from "#shared/document/finding.ts";
import { parseLock } from "#planner/pins/lock-file.ts";
import type { ReadLock } from "#planner/pins/lock-file.ts";
import type { Pins } from "#planner/pins/pins.ts";
import { inWords } from "#planner/io/reason-of.ts";
import type { Effects } from "#planner/effects.ts";

export type LoadedCluster = {
  readonly config: ClusterConfig;
  readonly source: Source;
  readonly inputs: ReadonlyMap<string, Input>;
  /** What the schema found; `config` is then only what is right, and good for nothing but further checks. */
  readonly problems: readonly Problem[];
  /** Digests of images; undefined where no lock file is named, or it cannot be used. */
  readonly pins: Pins | undefined;
  /** What is wrong with the lock file. */
  readonly lockProblems: readonly Problem[];
};

const maxInputBytes = 1_048_576;
/** Base64 of it is a secret of at most 1 MiB. */
const maxBinaryBytes = (maxInputBytes / 4) * 3;

/** Throws CONFIG_UNREADABLE, and CONFIG_INVALID when there is nothing left to check further. */
export async function loadCluster(file: string, { files }: Pick<Effects, "files">): Promise<LoadedCluster> {
  const parsed = parseDocument(await readText(file, files), ClusterConfig, { file, kind: "Cluster" });
  const config = parsed.ok ? parsed.value : parsed.remainder;
  const problems = parsed.ok ? [] : parsed.problems;
  if (config === undefined) throw new FlexkubeError("CONFIG_INVALID", "the cluster config is not valid", { problems });
  const inputs = new Map<string, Input>();
  for (const input of inputFiles(config))
    inputs.set(input.key, await readInput(input, besides(file, input.file), files));
  const { pins, problems: lockProblems } = await readLock(config, { file, source: parsed.source }, files);
  return { config, source: parsed.source, inputs, problems, pins, lockProblems };
}

async function readLock(
  { images: { lock } }: ClusterConfig,
  { file, source }: { readonly file: string; readonly source: Source },
  files: Effects["files"],
): Promise<ReadLock> {
  if (lock === undefined) return { problems: [] };
  const found = await readInput({ encoding: "utf8" }, besides(file, lock), files);
  if ("text" in found) return parseLock(found.text, besides(file, lock));
  const hint = "flexkube-planner split --pin makes it";
  const problem = { path: ["images", "lock"], problem: `${lock} ${found.problem}`, hint };
  return { problems: [problemOf(problem, source)] };
}

/** A path that a document names, seen from where the planner runs. */
export function besides(document: string, path: string): string {
  return isAbsolute(path) ? path : join(dirname(document), path);
}

async function readText(file: string, files: Effects["files"]): Promise<string> {
  const bytes = await readBytes(file, files);
  if ("problem" in bytes)
    throw new FlexkubeError("CONFIG_UNREADABLE", "the cluster config cannot be read", {
      file,
      reason: bytes.problem.replace(/^cannot be read: /, ""),
    });
  const text = decoded(bytes.found);
  if (text === undefined)
    throw new FlexkubeError("CONFIG_INVALID", "the cluster config is not valid", {
      problems: [{ path: "", file, ...notText(bytes.found) }],
    });
  return text;
}

async function readInput(
  { encoding }: Pick<InputFile, "encoding">,
  file: string,
  files: Effects["files"],
): Promise<Input> {
  const bytes = await readBytes(file, files);
  if ("problem" in bytes) return bytes;
  if (encoding === "base64") {
    if (bytes.found.byteLength > maxBinaryBytes) return { problem: "is larger than 768 KiB" };
    return { text: Buffer.from(bytes.found).toString("base64") };
  }
  if (bytes.found.byteLength > maxInputBytes) return { problem: "is larger than 1 MiB" };
  const text = decoded(bytes.found);
  if (text !== undefined) return { text };
  const { column, line } = notText(bytes.found);
  return { problem: `is not UTF-8 text, by line ${line}, column ${column}` };
}

async function readBytes(
  file: string,
  files: Effects["files"],
): Promise<{ readonly found: Uint8Array } | { readonly problem: string }> {
  try {
    const found = await files.readFile(file);
    return found === undefined ? { problem: "does not exist" } : { found: found.bytes };
  } catch (error) {
    if (!isFlexkubeError(error, "FILES_UNREADABLE")) throw error;
    return { problem: `cannot be read: ${inWords(error.details.reason)}` };
  }
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    // the decoder throws for nothing else
    return undefined;
  }
}
