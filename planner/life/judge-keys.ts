// Keys that belong to no certificate, beside those that host configs and the state know.
// Pure: it must not read, make or write anything.
import { join } from "node:path";
import { pairMark, pairMarks } from "./marks.ts";
import { filesOf } from "./kept.ts";
import type { Compared, Restored, Judgement, Witness } from "./judgement.ts";
import { beginAnew, lost, nothingToSay } from "./judgement.ts";

/** A key that signs must be one that all hosts trust; a lost one is taken from a host config. */
export function judgePair(compared: Compared): Judgement {
  const { found, witnesses } = compared;
  if (found.own !== undefined) {
    const mark = markOrNothing(found.own);
    if (mark === undefined) return nothingToSay;
    const told = disagreement(compared, mark, ({ shared }) => (shared === undefined ? undefined : pairMarks(shared)));
    if (told !== undefined) return told;
    const trusting = witnesses.find(({ shared }) => shared !== undefined);
    // it may hold further keys that are trusted
    return found.shared !== undefined || trusting?.shared === undefined
      ? nothingToSay
      : { problems: [], restored: [restored(compared, "shared", trusting.shared, trusting)] };
  }
  const witness = witnesses.find(({ own }) => own !== undefined);
  if (witness?.own === undefined) return missing(compared);
  const both = found.shared === undefined && witness.shared !== undefined;
  return {
    problems: [],
    restored: [
      restored(compared, "own", witness.own, witness),
      ...(both ? [restored(compared, "shared", witness.shared, witness)] : []),
    ],
  };
}

type EncryptionKey = { readonly name: string; readonly secret: string };

/** The key that writes must be one that all hosts read with; `keysOf` reads a host config's document. */
export function judgeEncryption(
  compared: Compared,
  readers: {
    readonly keysOf: (document: string) => readonly EncryptionKey[];
    readonly marksOf: (keys: readonly EncryptionKey[]) => readonly string[];
    /** Of the file in the PKI; undefined when it cannot be read, which is told elsewhere. */
    readonly found: readonly EncryptionKey[] | undefined;
  },
): Judgement {
  const { found, witnesses } = compared;
  const { keysOf, marksOf } = readers;
  if (found.own !== undefined) {
    const [mark] = readers.found === undefined ? [] : marksOf(readers.found);
    if (mark === undefined) return nothingToSay;
    const read = ({ own }: Witness) => (own === undefined ? undefined : marksOf(keysOf(own)));
    return disagreement(compared, mark, read) ?? nothingToSay;
  }
  const witness = witnesses.find(({ own = "" }) => keysOf(own).length > 0);
  if (witness?.own === undefined) return missing(compared);
  const lines = keysOf(witness.own).map(({ name, secret }) => `${name} ${secret}\n`);
  return { problems: [], restored: [restored(compared, "own", lines.join(""), witness)] };
}

function disagreement(
  { directory, kept, known, witnesses }: Compared,
  mark: string,
  marksOf: (witness: Witness) => readonly string[] | undefined,
): Judgement | undefined {
  const other = witnesses.find((witness) => marksOf(witness)?.includes(mark) === false);
  const isKnown = known === undefined || known.includes(mark);
  if (other === undefined && isKnown) return undefined;
  const whose =
    other === undefined
      ? `of the last split, by ${join(directory, "state.yaml")}`
      : `that ${other.file} (generation ${other.generation}) knows`;
  return {
    problems: [
      {
        path: "",
        file: join(directory, filesOf(kept).own),
        problem: `this key is not one ${whose}`,
        hint: `restore the ${directory} that belongs to the cluster from a backup; a new key is handed out before it is used; ${beginAnew}`,
      },
    ],
    restored: [],
  };
}

function missing({ directory, isNew, kept }: Compared): Judgement {
  if (isNew) return nothingToSay;
  return lost(
    join(directory, filesOf(kept).own),
    "the key is missing, and what is known of the cluster says that it had one, or cannot say that it had none",
    `restore it from a backup, or put back the host config of ${kept.hosts.join(", ")} (/etc/flexkube/host.yaml of the host)`,
  );
}

function restored({ kept }: Compared, part: "shared" | "own", content: string, { file }: Witness): Restored {
  return { id: kept.id, path: filesOf(kept)[part] ?? "", content, from: file };
}

function markOrNothing(pem: string): string | undefined {
  try {
    return pairMark(pem);
  } catch {
    // that it cannot be read is told where it is read
    return undefined;
  }
}
