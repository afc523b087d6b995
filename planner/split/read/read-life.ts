// Reads what tells which life of a cluster this is: host configs that were given out, and what lies in the PKI.
import { join } from "node:path";
import { FlexkubeError } from "#shared/errors.ts";
import { parseHostConfig } from "#shared/checks/parse-host-config.ts";
import { problemOf } from "#shared/document/finding.ts";
import type { PlannerState } from "#shared/schema/planner-state.ts";
import type { Source } from "#shared/document/source.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import type { HostDraft } from "#planner/draft/host-draft.ts";
import { hostProof, provingText } from "#planner/life/host-proof.ts";
import type { FoundProof } from "#planner/life/judge-life.ts";
import { judgeLife } from "#planner/life/judge-life.ts";
import type { Kept } from "#planner/life/kept.ts";
import { filesOf, keptOf } from "#planner/life/kept.ts";
import { judgeGiven } from "#planner/life/judge-given.ts";
import type { Restored } from "#planner/life/judgement.ts";
import type { Effects } from "#planner/effects.ts";

export type HostBytes = { readonly host: string; readonly file: string; readonly bytes: Buffer };

/** Every host config in the directory, of whatever cluster. */
export async function* hostFiles(out: string, { files }: Pick<Effects, "files">): AsyncGenerator<HostBytes> {
  for (const name of await files.list(out)) {
    if (!name.endsWith(".yaml") || name.startsWith(".")) continue;
    const file = join(out, name);
    const found = await files.readFile(file);
    if (found === undefined) continue;
    yield {
      host: name.slice(0, -".yaml".length),
      file,
      bytes: Buffer.from(found.bytes.buffer, found.bytes.byteOffset, found.bytes.length),
    };
  }
}

/** Proofs of this cluster. `readWhole` also finds out which files can be read whole. */
export async function readProofs(
  { hosts, name }: Cluster["config"],
  options: { readonly out: string; readonly readWhole: boolean },
  effects: Pick<Effects, "files">,
): Promise<readonly FoundProof[]> {
  const proofs: FoundProof[] = [];
  const share = sharing();
  for await (const { file, host, bytes } of hostFiles(options.out, effects)) {
    const proof = hostProof(provingText(bytes), { host, cluster: name });
    if (proof === undefined) continue;
    const isWhole = options.readWhole ? parseHostConfig(bytes.toString("utf8"), host).ok : undefined;
    const secrets = Object.entries(proof.secrets).map(([secret, value]) => [secret, share(value)] as const);
    const isCurrent = Object.hasOwn(hosts, host);
    proofs.push({ ...proof, secrets: Object.fromEntries(secrets), file, isCurrent, isWhole });
  }
  return proofs;
}

/** Equal texts become one, and none is part of a file's text, which would stay in memory as long: there are ten thousand. */
function sharing(): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const same = known.get(text) ?? structuredClone(text);
    known.set(same, same);
    return same;
  };
}

export type Life = {
  readonly cluster: Cluster;
  readonly drafts: readonly HostDraft[];
  readonly directories: { readonly out: string; readonly pki: string };
  readonly proofs: readonly FoundProof[];
  readonly state: PlannerState;
  readonly isStateThere: boolean;
  readonly saidBootstrapped: boolean;
  /** Of the cluster config. */
  readonly source: Source;
};

/** What is to be put back from host configs. Throws PKI_LOST when the PKI is not that of the cluster. */
export async function compareLife(life: Life, { pki }: Pick<Effects, "pki">): Promise<readonly Restored[]> {
  const { cluster, drafts, directories, isStateThere, proofs } = life;
  const kept = keptOf(drafts);
  const texts = await readKept(kept, directories.pki, pki);
  const isFirst = !isStateThere && proofs.length === 0;
  const given = judgeGiven(drafts, proofs).map((finding) => problemOf(finding, life.source));
  const { problems: found, restored } = judgeLife({
    ...life,
    cluster: cluster.config.name,
    kept,
    texts,
    members: cluster.config.pki.etcd === undefined ? Object.keys(cluster.members) : [],
    leaf: isFirst ? await findLeaf(life, texts, pki) : undefined,
  });
  const problems = [...given, ...found];
  if (problems.length > 0) throw new FlexkubeError("PKI_LOST", "the PKI is not that of the cluster", { problems });
  return restored;
}

async function readKept(
  kept: readonly Kept[],
  directory: string,
  { readFile }: Effects["pki"],
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (const each of kept)
    for (const path of Object.values(filesOf(each))) {
      const bytes = path === undefined ? undefined : await readFile(join(directory, path));
      if (path !== undefined && bytes !== undefined) texts.set(path, Buffer.from(bytes).toString("utf8"));
    }
  return texts;
}

/** A certificate that a split must have issued: its CA's key is here. Others may have been issued where theirs is. */
async function findLeaf(
  { drafts, directories }: Life,
  texts: ReadonlyMap<string, string>,
  { readFile }: Effects["pki"],
): Promise<string | undefined> {
  for (const { ca, id } of drafts.flatMap(({ certificates }) => certificates)) {
    if (!texts.has(`${ca}/ca.key`)) continue;
    const path = `${id}.crt`;
    if ((await readFile(join(directories.pki, path))) !== undefined) return path;
  }
  return undefined;
}
