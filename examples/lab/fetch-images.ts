// Images from the registries that their references name, by skopeo, as tars for `docker load` in a directory of their own. A registry that
// does not deliver is given up in seconds: whoever calls can compile instead.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { arch, env } from "node:process";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import type { LabImage } from "./images.ts";
import { CommandFailed, runCommand, runCommandForBytes } from "./run-command.ts";

export type Wanted = { readonly name: string; readonly reference: string };

export type FetchOptions = {
  /** Where the images are kept; one that is there is taken without asking anybody. */
  readonly directory: string;
  /** Takes a line of progress. */
  readonly tell: (line: string) => void;
  /** How long a registry may take to say which image it has. */
  readonly answerMs?: number;
  /** How long nothing may arrive while an image is fetched. */
  readonly stallMs?: number;
  /** Added to that of skopeo. */
  readonly environment?: Readonly<Record<string, string>>;
};

/** That an image is not there is said of it alone; any other reason is one not to ask that registry further. */
class NotHad extends Error {
  override readonly name = "NotHad";
  readonly isOnlyThis: boolean;

  constructor(reason: string, isOnlyThis: boolean) {
    super(reason);
    this.isOnlyThis = isOnlyThis;
  }
}

type Record_ = { readonly reference: string; readonly digest: string };

/** By name those that are had; one line tells of all others. `wanted` is in the order in which it is wanted. */
export async function fetchImages(
  wanted: readonly Wanted[],
  options: FetchOptions,
): Promise<ReadonlyMap<string, LabImage>> {
  await mkdir(options.directory, { recursive: true });
  const images = new Map<string, LabImage>();
  for (const each of wanted) if (await isKept(each, options)) images.set(each.name, imageOf(each, options));
  const registries = Map.groupBy(
    wanted.filter(({ name }) => !images.has(name)),
    ({ reference }) => registryOf(reference),
  );
  const lacking: string[] = [];
  const one = async (registry: string, list: readonly Wanted[]): Promise<void> => {
    for (const [at, each] of list.entries())
      try {
        await fetch(each, options);
        images.set(each.name, imageOf(each, options));
      } catch (error) {
        if (!(error instanceof NotHad)) throw error;
        const without = error.isOnlyThis ? [each] : list.slice(at);
        lacking.push(`${without.map(({ name }) => name).join(", ")} (${registry}: ${error.message})`);
        if (!error.isOnlyThis) return;
      }
  };
  await Promise.all([...registries].map(async ([registry, list]) => one(registry, list)));
  if (lacking.length > 0) options.tell(`not had from a registry: ${lacking.join("; ")}`);
  return images;
}

/** Of a reference that names one. */
export function registryOf(reference: string): string {
  return reference.slice(0, reference.indexOf("/"));
}

function imageOf({ name, reference }: Wanted, { directory }: FetchOptions): LabImage {
  return { reference, tar: join(directory, `${name}.tar`) };
}

async function isKept({ name, reference }: Wanted, { directory }: FetchOptions): Promise<boolean> {
  try {
    // the file is written below
    const record = JSON.parse(await readFile(join(directory, `${name}.json`), "utf8")) as Record_;
    return record.reference === reference;
  } catch {
    // not there, or not a whole one
    return false;
  }
}

async function fetch(wanted: Wanted, options: FetchOptions): Promise<void> {
  const { name, reference } = wanted;
  const { directory, tell } = options;
  const digest = await askDigest(wanted, options);
  const record = join(directory, `${name}.json`);
  // also what a run that was cut off has left
  const work = join(directory, `${name}.new`);
  await rm(work, { recursive: true, force: true });
  await mkdir(work);
  try {
    const tar = join(work, "image.tar");
    await copy(wanted, digest, work, options);
    await checkArchitecture(tar);
    const { size } = await stat(tar);
    await rm(record, { force: true });
    await rename(tar, join(directory, `${name}.tar`));
    await writeFile(join(work, "record"), JSON.stringify({ reference, digest } satisfies Record_));
    await rename(join(work, "record"), record);
    tell(`${name}: ${reference}@${digest}, ${Math.ceil(size / 1024 / 1024)} MiB`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Of what the reference names now: of all architectures where there are several, as `docker pull` tells it. */
async function askDigest({ reference }: Wanted, { answerMs = 5000, environment }: FetchOptions): Promise<string> {
  try {
    const ask = ["skopeo", "inspect", "--raw", `docker://${reference}`];
    const manifest = await runCommandForBytes(ask, { deadlineMs: answerMs, env: environment });
    return `sha256:${createHash("sha256").update(manifest).digest("hex")}`;
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    const { exitCode, stderr } = error.result;
    throw exitCode === -1 ? new NotHad(`no answer within ${answerMs / 1000} s`, false) : notHad(stderr);
  }
}

async function copy(
  { reference }: Wanted,
  digest: string,
  work: string,
  { stallMs = 5000, environment }: FetchOptions,
): Promise<void> {
  const source = `docker://${reference.replace(/:[^:/]*$/, "")}@${digest}`;
  const target = `docker-archive:${join(work, "image.tar")}:${reference}`;
  const child = spawn("skopeo", ["--tmpdir", work, "copy", "--quiet", source, target], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...env, ...environment },
  });
  const watching = new AbortController();
  const still = untilStill(work, stallMs, watching.signal).then((isStill) => isStill && child.kill("SIGKILL"));
  try {
    const [, stderr] = await Promise.all([once(child, "close"), text(child.stderr)]);
    const code = child.exitCode;
    if (code === null) throw new NotHad(`nothing more arrived for ${stallMs / 1000} s`, false);
    if (code !== 0) throw notHad(stderr);
  } finally {
    watching.abort();
    await still;
  }
}

/** Whether nothing below `directory` changes its size for that long; false when `signal` ends it before. */
async function untilStill(directory: string, stallMs: number, signal: AbortSignal): Promise<boolean> {
  let bytes = -1;
  for (let since = performance.now(); performance.now() - since < stallMs;) {
    const now = await bytesBelow(directory);
    if (now !== bytes) [bytes, since] = [now, performance.now()];
    await setTimeout(stallMs / 20, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return false;
  }
  return true;
}

async function bytesBelow(directory: string): Promise<number> {
  const names = await readdir(directory, { recursive: true }).catch(() => []);
  const sizes = names.map(async (name) =>
    stat(join(directory, name)).then(
      ({ size }) => size,
      // gone since
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** skopeo takes an image that says to be of another architecture where a registry has only that. */
async function checkArchitecture(tar: string): Promise<void> {
  const read = async (file: string): Promise<unknown> => JSON.parse(await runCommand(["tar", "-xOf", tar, file]));
  // skopeo wrote both
  const [{ Config }] = (await read("manifest.json")) as [{ readonly Config: string }];
  const { architecture } = (await read(Config)) as { readonly architecture: string };
  const own = arch === "x64" ? "amd64" : arch;
  if (architecture !== own) throw new NotHad(`only for ${architecture}`, true);
}

/** The end of skopeo's last line, which is what the registry or the network has said. */
function notHad(stderr: string): NotHad {
  const line = stderr.trim().split("\n").at(-1) ?? "";
  const reason = line.replace(/"$/, "").split(": ").slice(-2).join(": ");
  return new NotHad(reason, /manifest unknown|name unknown|not found|no image found/i.test(line));
}
