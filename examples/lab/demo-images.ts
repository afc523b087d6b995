// The images of the demo with Kubernetes: what would have to be compiled comes from registries where these deliver, everything else is made here.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism, homedir } from "node:os";
import { join } from "node:path";
import { env, stderr } from "node:process";
import { fileURLToPath } from "node:url";
import { compileMinutes } from "./compile-minutes.ts";
import { fetchImages, registryOf, type FetchOptions } from "./fetch-images.ts";
import type { LabImage } from "./images.ts";
import { runCommand, tryCommand } from "./run-command.ts";

export type DemoImagesOptions = Pick<FetchOptions, "answerMs" | "stallMs" | "environment"> & {
  /** As images/lab/make knows them. */
  readonly names?: readonly string[];
  /** Asks no registry and takes nothing that came from one. */
  readonly compile?: boolean;
  readonly cache?: string;
  readonly tell?: (line: string) => void;
};

/** An image that is missing or old, and what would be compiled for it, as MODULE/PROGRAM. */
type Due = { readonly name: string; readonly reference: string; readonly programs: readonly string[] };

const project = fileURLToPath(new URL("../../", import.meta.url));
const make = join(project, "images/lab/make");

/** A registry has them by the references that the lab's have. The others of the lab bear another's name, or one that is nobody's. */
const published = [
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kube-proxy",
  "kubelet",
  "kubectl",
  "coredns",
  "pause",
  "etcd37",
];

/** Resolves when all are there; those that came from a registry by name, beside images/lab/make's own in the cache. */
export async function demoImages({
  names = ["kubernetes"],
  compile = false,
  cache = env["FLEXKUBE_CACHE"] ?? `${homedir()}/.cache/flexkube`,
  tell = (line) => void stderr.write(`${line}\n`),
  ...limits
}: DemoImagesOptions = {}): Promise<ReadonlyMap<string, LabImage>> {
  const due = await dueImages(names, cache);
  const wanted = due.filter(({ name, programs }) => !compile && programs.length > 0 && published.includes(name));
  const directory = join(cache, "fetched");
  const fetched = await fromRegistries(wanted, { directory, tell, ...limits });
  const rest = due.filter(({ name }) => !fetched.has(name));
  if (rest.length > 0) await makeImages(rest, cache, tell);
  return fetched;
}

async function dueImages(names: readonly string[], cache: string): Promise<readonly Due[]> {
  const told = await runCommand([make, "--due", ...names], { env: { FLEXKUBE_CACHE: cache } });
  return told
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [name = "", reference = "", ...programs] = line.split(" ");
      return { name, reference, programs };
    });
}

async function fromRegistries(wanted: readonly Due[], options: FetchOptions): Promise<ReadonlyMap<string, LabImage>> {
  if (wanted.length === 0) return new Map();
  const registries = [...new Set(wanted.map(({ reference }) => registryOf(reference)))];
  options.tell(`looking for ${wanted.length} images at ${registries.join(" and ")}`);
  const reason = await lacksSkopeo(registries, options);
  if (reason === undefined) return fetchImages(wanted, options);
  options.tell(`not had from a registry: ${reason}`);
  return new Map();
}

/** Installs it where a registry can be reached at all: without a network apt would only take its time to fail. */
async function lacksSkopeo(registries: readonly string[], { environment }: FetchOptions): Promise<string | undefined> {
  const isThere = await tryCommand(["bash", "-c", "type -P skopeo"], { env: environment });
  if (isThere.exitCode === 0) return undefined;
  const probes = registries.map(async (registry) =>
    tryCommand(["curl", "-s", "-o", "/dev/null", "-m", "5", `https://${registry}/v2/`], { env: environment }),
  );
  const answers = await Promise.all(probes);
  if (answers.every(({ exitCode }) => exitCode !== 0)) return `${registries.join(" and ")} cannot be reached`;
  const { exitCode, stderr: told } = await tryCommand([join(project, ".ci/debian"), "registries"], {
    env: environment,
  });
  return exitCode === 0 ? undefined : `no skopeo (${told.trim().split("\n").at(-1)})`;
}

/** What has to be compiled takes long, which is said beforehand, and goes on image by image. */
async function makeImages(due: readonly Due[], cache: string, tell: (line: string) => void): Promise<void> {
  const names = due.map(({ name }) => name);
  const processors = availableParallelism();
  const minutes = compileMinutes(new Set(due.flatMap(({ programs }) => programs)), processors);
  tell(`to be made from Debian packages${minutes === 0 ? "" : " and Go modules"}, once: ${names.join(", ")}`);
  if (minutes > 0)
    tell(
      `This compiles for ${minutes} min on ${processors} processors, longer where they have other work, and Go modules are fetched before; what is ready is kept when it is cut off.`,
    );
  const child = spawn(make, names, { stdio: ["ignore", "ignore", "inherit"], env: { ...env, FLEXKUBE_CACHE: cache } });
  await once(child, "exit");
  const code = child.exitCode;
  if (code !== 0) throw new Error(`${make} ${names.join(" ")}: exit code ${String(code)}`);
}
