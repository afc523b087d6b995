// Whether the PKI, the state and the host configs are of one and the same cluster, before anything is made.
// Pure: it must not read, make or write anything.
import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import type { Problem } from "#shared/errors.ts";
import { hashKeyName } from "#shared/expand/pieces/secret-store.ts";
import type { PlannerState } from "#shared/schema/planner-state.ts";
import { keysInDocument, keysInFile } from "./encryption-texts.ts";
import type { HostProof } from "./host-proof.ts";
import { judgeAuthority } from "./judge-authority.ts";
import { judgeEncryption, judgePair } from "./judge-keys.ts";
import type { Kept } from "./kept.ts";
import { filesOf } from "./kept.ts";
import { authorityMarks, encryptionMarks } from "./marks.ts";
import type { Compared, Judgement, Witness } from "./judgement.ts";
import { beginAnew } from "./judgement.ts";
import { ownValue } from "#shared/own-value.ts";

/** A host config that was given out, and where it lies. */
export type FoundProof = HostProof & {
  readonly file: string;
  /** Its host is in the cluster config. */
  readonly isCurrent: boolean;
  /** All of it can be read: what it does not have, its host did not have. Undefined where nobody asked. */
  readonly isWhole: boolean | undefined;
};

export type LifeOptions = {
  readonly cluster: string;
  readonly directories: { readonly out: string; readonly pki: string };
  readonly kept: readonly Kept[];
  /** Texts of the PKI's files by their path below its directory. */
  readonly texts: ReadonlyMap<string, string>;
  readonly proofs: readonly FoundProof[];
  /** With what host configs proved beside it. */
  readonly state: PlannerState;
  readonly isStateThere: boolean;
  /** Hosts with a member of the cluster's own etcd. */
  readonly members: readonly string[];
  /** The operator has said that etcd is up. */
  readonly saidBootstrapped: boolean;
  /** A certificate of a wanted leaf that is there, when the state is not. */
  readonly leaf: string | undefined;
};

export function judgeLife(options: LifeOptions): Judgement {
  const { isStateThere, kept, proofs } = options;
  if (!isStateThere && proofs.length === 0) return { problems: earlierLife(options), restored: [] };
  const verdicts = kept.map((each) => judgeKept(compare(options, each), options));
  return {
    problems: [...otherState(options), ...verdicts.flatMap(({ problems }) => problems), ...unknownBootstrap(options)],
    restored: verdicts.flatMap(({ restored }) => restored),
  };
}

function compare(options: LifeOptions, kept: Kept): Compared {
  const { directories, state, texts } = options;
  const { shared, own } = filesOf(kept);
  const witnesses = witnessesOf(options, kept);
  return {
    kept,
    directory: directories.pki,
    found: { shared: texts.get(shared ?? ""), own: texts.get(own) },
    witnesses,
    known: Object.hasOwn(state.marks ?? {}, kept.id) ? state.marks?.[kept.id] : undefined,
    isNew: witnesses.length === 0 && isNew(options, kept),
    hashKey: state.hashKey,
  };
}

function judgeKept(compared: Compared, { state }: LifeOptions): Judgement {
  switch (compared.kept.kind) {
    case "authority":
      return judgeAuthority(compared);
    case "pair":
      return judgePair(compared);
    case "encryption":
      return judgeEncryption(compared, {
        keysOf: keysInDocument,
        marksOf: (keys) => encryptionMarks(keys, state.hashKey),
        found: keysInFile(compared.found.own ?? ""),
      });
  }
}

/** Files of hosts that left count where no other tells: a rotation has not reached them. */
function witnessesOf({ proofs }: LifeOptions, { kind, secrets }: Kept): readonly Witness[] {
  const read = (name: string | undefined, from: HostProof): string | undefined =>
    name === undefined ? undefined : ownValue(from.secrets, name);
  const found = proofs.flatMap((proof) => {
    const witness = { ...proof, shared: read(secrets.shared, proof), own: read(secrets.own, proof) };
    // a cut or edited file proves nothing
    const marks = kind === "authority" ? authorityMarks(witness.shared ?? "") : [];
    const tells = kind === "authority" ? marks.length > 0 : (witness.shared ?? witness.own) !== undefined;
    return tells ? [witness] : [];
  });
  const current = found.filter(({ isCurrent }) => isCurrent);
  return current.length > 0 ? current : found;
}

/** Nobody has it, so it may be made: by the state's word, or since the host configs that would have it do not. */
function isNew({ isStateThere, proofs, state }: LifeOptions, { hosts, id, kind }: Kept): boolean {
  if (!isStateThere)
    return hosts.every((host) => proofs.some((proof) => proof.host === host && proof.isWhole === true));
  // what keys were made the state has always remembered; a lost one is told where it is read
  if (kind !== "authority") return true;
  if (state.marks !== undefined) return !Object.hasOwn(state.marks, id);
  return !(id === "etcd" && state.bootstrapped);
}

/** Neither state nor host configs, but what only a split before can have made. */
function earlierLife(options: LifeOptions): readonly Problem[] {
  const { cluster, directories, kept, leaf, texts } = options;
  const authorities = kept.filter(({ kind }) => kind === "authority").map((each) => authorityOf(each, texts));
  const foreign = authorities.find(({ owner }) => owner !== undefined && owner !== cluster);
  const shown = (path: string): string => join(directories.pki, path);
  if (foreign !== undefined)
    return [
      {
        path: "",
        file: shown(foreign.file),
        problem: `this CA was made for the cluster ${foreign.owner ?? ""}, not for ${cluster}`,
        hint: `choose another directory with --pki; ${beginAnew}`,
      },
    ];
  const isOwnersCa = authorities.some(({ isThere, owner }) => isThere && owner === undefined);
  const keys = kept
    .filter(({ kind }) => kind === "encryption" || (kind === "pair" && !isOwnersCa))
    .map((each) => filesOf(each).own);
  const made = [
    ...authorities.flatMap(({ file, owner }) => (owner === cluster ? [file] : [])),
    ...kept.flatMap((each) => (each.kind === "authority" && isKeyAlone(each, texts) ? [filesOf(each).own] : [])),
    ...keys.filter((path) => texts.has(path)),
    ...(leaf === undefined ? [] : [leaf]),
  ];
  const [first] = made;
  if (first === undefined) return [];
  const more = made.length === 1 ? "" : ` and ${made.length - 1} more`;
  return [
    {
      path: "",
      file: directories.pki,
      problem: `${first}${more} were made for this cluster before, but state.yaml is not there and ${directories.out} holds no host config: a split would begin with generation 1 again and found etcd anew`,
      hint: `put back ${shown("state.yaml")}, or the host configs: /etc/flexkube/host.yaml of each host is ${join(directories.out, "<host>.yaml")}; ${beginAnew}`,
    },
  ];
}

type Known = { readonly file: string; readonly isThere: boolean; readonly owner: string | undefined };

/** Names of CAs that split makes say whose they are; a CA that the user brought has another name. */
function authorityOf(kept: Kept, texts: ReadonlyMap<string, string>): Known {
  const file = filesOf(kept).shared ?? "";
  const pem = texts.get(file);
  const ending = `-${kept.id}-ca`;
  const subject = pem === undefined ? "" : subjectOf(pem);
  const isOurs = subject.startsWith("CN=") && subject.endsWith(ending) && !subject.includes("\n");
  return { file, isThere: pem !== undefined, owner: isOurs ? subject.slice(3, -ending.length) : undefined };
}

function subjectOf(pem: string): string {
  try {
    return new X509Certificate(pem).subject;
  } catch {
    // that it cannot be read is told where it is read
    return "";
  }
}

function isKeyAlone(kept: Kept, texts: ReadonlyMap<string, string>): boolean {
  const { shared, own } = filesOf(kept);
  return texts.has(own) && !texts.has(shared ?? "");
}

function otherState({ directories, isStateThere, proofs, state }: LifeOptions): readonly Problem[] {
  const other = proofs.find(
    ({ isCurrent, secrets }) => isCurrent && (secrets[hashKeyName] ?? state.hashKey) !== state.hashKey,
  );
  if (!isStateThere || other === undefined) return [];
  return [
    {
      path: "",
      file: join(directories.pki, "state.yaml"),
      problem: `it is not of the same cluster as ${other.file} (generation ${other.generation}): their digest keys differ`,
      hint: `restore what belongs together; where the host configs and the keys in ${directories.pki} are right, remove state.yaml to have it made anew from them; ${beginAnew}`,
    },
  ];
}

/** A member that is told to bootstrap may found etcd again when its data is gone. */
function unknownBootstrap(options: LifeOptions): readonly Problem[] {
  const { directories, isStateThere, members, proofs, saidBootstrapped } = options;
  if (isStateThere || saidBootstrapped || members.length === 0) return [];
  if (proofs.some(({ bootstrap }) => bootstrap !== undefined)) return [];
  if (members.every((host) => proofs.some((proof) => proof.host === host && proof.isWhole === true))) return [];
  return [
    {
      path: "",
      file: join(directories.pki, "state.yaml"),
      problem: `it is missing, and no host config in ${directories.out} is that of an etcd member, so nothing says whether etcd is up`,
      hint: `put back state.yaml or the host config of ${members.join(" or ")}; when etcd is up, say --bootstrapped`,
    },
  ];
}
