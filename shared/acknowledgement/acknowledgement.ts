// What an agent says at its Node of the host config in force, in a line of words. Pure.
import { timingSafeEqual } from "node:crypto";
import { contentDigest } from "#shared/canonical.ts";

/** Annotation of the Node. */
export const deliveredAnnotation = "flexkube.io/delivered";

export type Acknowledgement = {
  readonly generation: number;
  readonly outcome: "applied" | "rolled-back" | { readonly refused: string };
  /** Version of the agent. */
  readonly agent?: string | undefined;
  /** Tags of the images that run: of etcd, and of the API server or else the kubelet's version. */
  readonly etcd?: string | undefined;
  readonly kubernetes?: string | undefined;
  /** When the first certificate of the host config ends, RFC 3339. */
  readonly ends?: string | undefined;
  /** When the first of them is due to be made anew. */
  readonly due?: string | undefined;
};

const details = ["agent", "etcd", "kubernetes", "ends", "due"] as const;
const longest = 1024;
const proofWord = " proof=";

/**
 * `3 applied agent=0.1.0 etcd=3.6.16`, `4 refused:SEALED_OLDER`. With the key of the host config's reports it ends with a proof, by which the
 * planner knows that this host has said it; nothing of it changes while nothing changes.
 */
export function acknowledgementText(told: Acknowledgement, key?: string): string {
  const { generation, outcome } = told;
  const words = [
    String(generation),
    typeof outcome === "string" ? outcome : `refused:${outcome.refused}`,
    ...details.flatMap((name) => {
      const value = told[name] ?? "";
      return isWord(value) ? [`${name}=${value}`] : [];
    }),
  ];
  const text = words.join(" ");
  return key === undefined ? text : `${text}${proofWord}${proofOfWords(text, key)}`;
}

/** Undefined for anything else; words of a newer agent are passed over. */
export function acknowledgementIn(text: string | undefined): Acknowledgement | undefined {
  if (text === undefined || text.length > longest) return undefined;
  const [number = "", word = "", ...more] = text.split(" ");
  const [, code] = /^refused:([A-Z_]{1,40})$/.exec(word) ?? [];
  if (!/^[1-9][0-9]{0,14}$/.test(number) || (code === undefined && word !== "applied" && word !== "rolled-back"))
    return undefined;
  if (!more.every((each) => /^[a-z]{1,20}=[!-~]{1,128}$/.test(each))) return undefined;
  const outcome = code === undefined ? (word === "applied" ? "applied" : "rolled-back") : { refused: code };
  const said = details.flatMap((name) => {
    const found = more.find((each) => each.startsWith(`${name}=`));
    return found === undefined ? [] : [[name, found.slice(name.length + 1)] as const];
  });
  return { generation: Number(number), outcome, ...Object.fromEntries(said) };
}

/** Whether a text ends with its proof by this key. */
export function isProvenText(text: string, key: string): boolean {
  const end = text.lastIndexOf(proofWord);
  if (end < 0) return false;
  const [given, wanted] = [
    Buffer.from(text.slice(end + proofWord.length)),
    Buffer.from(proofOfWords(text.slice(0, end), key)),
  ];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function proofOfWords(words: string, key: string): string {
  return contentDigest(["words at a node\n", words], key);
}

function isWord(value: string): boolean {
  return /^[!-~]{1,128}$/.test(value);
}
