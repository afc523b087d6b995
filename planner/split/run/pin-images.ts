// Asks the registries for the digests that the tags of a cluster's images have now, and writes them into its lock file.
import { openFile } from "#planner/io/modes.ts";
import { FlexkubeError } from "#shared/errors.ts";
import { imageName } from "#shared/image-name.ts";
import { reasonOf } from "#shared/reason-of.ts";
import { userSecret } from "#planner/cluster/user-secrets.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { imagesWithoutDigest } from "#planner/draft/cluster-images.ts";
import { validateCluster } from "#planner/draft/validate-cluster.ts";
import type { ProgramEffects } from "#planner/effects.ts";
import { askDigest, RegistryError } from "#planner/registry/ask-digest.ts";
import type { Credentials } from "#planner/registry/ask-digest.ts";
import { lockKind, renderLock } from "#planner/pins/lock-file.ts";
import type { Pins } from "#planner/pins/pins.ts";
import { besides, loadCluster } from "#planner/split/read/load-cluster.ts";
import type { LoadedCluster } from "#planner/split/read/load-cluster.ts";
import { startProgress } from "./progress.ts";

export type PinnedImages = {
  /** As the cluster config names it. */
  readonly lock: string;
  readonly before: Pins;
  readonly pins: Pins;
};

type PinEffects = Pick<ProgramEffects, "files" | "clock" | "printError" | "askRegistry">;

/**
 * Writes the lock file where it differs. Nothing is written while one digest is missing. Throws CONFIG_* for a cluster config that is not
 * valid or names no lock file, IMAGE_UNRESOLVED with every image that no digest was had of, FILES_UNWRITABLE.
 */
export async function pinImages(file: string, effects: PinEffects): Promise<PinnedImages> {
  const loaded = await loadCluster(file, effects);
  const lock = lockOf(loaded);
  const path = besides(file, lock);
  const found = await effects.files.readFile(path);
  if (found !== undefined && !isLock(found.bytes))
    throw notNamed(loaded, `${lock} is another file, and no lock file`, "take it away, or name another one");
  const { cluster, drafts } = checked(loaded, effects);
  const progress = startProgress(effects);
  const images = imagesWithoutDigest(cluster, drafts);
  const pins = new Map<string, string>();
  const failed: { readonly image: string; readonly reason: string }[] = [];
  const silent = new Map<string, string>();
  for (const [index, image] of images.entries()) {
    const { registry } = imageName(image);
    const known = silent.get(registry);
    const answer = known === undefined ? await answerFor(image, cluster, effects) : { reason: known, isSilent: true };
    if ("digest" in answer) pins.set(image, answer.digest);
    else failed.push({ image, reason: answer.reason });
    // each try would take its whole time again
    if ("reason" in answer && answer.isSilent) silent.set(registry, answer.reason);
    progress("asked for # digests", index + 1, images.length);
  }
  if (failed.length > 0)
    throw new FlexkubeError("IMAGE_UNRESOLVED", "registries gave no digests of these images", { images: failed });
  const text = renderLock(pins);
  if (found === undefined || Buffer.from(found.bytes).toString("utf8") !== text)
    await effects.files.writeFileAtomic(path, Buffer.from(text), openFile);
  return { lock, before: loaded.pins ?? new Map<string, string>(), pins };
}

type Answer = { readonly digest: string } | { readonly reason: string; readonly isSilent: boolean };

async function answerFor(image: string, cluster: Cluster, { askRegistry }: PinEffects): Promise<Answer> {
  try {
    return { digest: await askDigest(image, credentialsFor(image, cluster), askRegistry) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { reason: reasonOf(error), isSilent: !(error instanceof RegistryError) };
  }
}

function lockOf(loaded: LoadedCluster): string {
  const { lock } = loaded.config.images;
  const hint = "write images: { lock: images.lock.yaml }";
  if (lock === undefined) throw notNamed(loaded, "no lock file is named, in which the digests could stand", hint);
  return lock;
}

function notNamed({ source }: LoadedCluster, problem: string, hint: string): FlexkubeError {
  return new FlexkubeError("CONFIG_INVALID", "the cluster config is not valid", {
    problems: [{ path: "images.lock", file: source.file, problem, hint }],
  });
}

/** A damaged one too, or an empty file: it is made anew. */
function isLock(bytes: Uint8Array): boolean {
  return bytes.length === 0 || Buffer.from(bytes).includes(`kind: ${lockKind}`);
}

/** As validate does, but for the lock file, which is made anew. */
function checked({ config, source, inputs, problems }: LoadedCluster, { clock }: PinEffects) {
  const now = clock.now();
  const found = validateCluster(config, { source, inputs, bootstrapped: false, now, onProgress: () => undefined });
  const all = [...problems, ...found.problems];
  if (all.length > 0) throw new FlexkubeError("CONFIG_INVALID", "the cluster config is not valid", { problems: all });
  return found;
}

function credentialsFor(image: string, cluster: Cluster): Credentials | undefined {
  const { registry } = imageName(image);
  const found = cluster.config.images.registries.find(({ server }) => server === registry);
  if (found === undefined) return undefined;
  return { username: found.username, password: (userSecret(cluster, found.password) ?? "").trimEnd() };
}
