// Image references by the grammar of Docker's registries (distribution/reference).
import type { Fault } from "./domain.ts";
import { ownValue } from "#shared/own-value.ts";

const component = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*$/;
const registry = /^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*(:[0-9]+)?$/;
const digestLengths: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };
const example = "such as registry.example.org/etcd:v3.6.16";

/** [registry[:port]/]name[:tag][@digest]. */
export function notImage(text: string): Fault | undefined {
  const [named = "", digest, ...rest] = text.split("@");
  if (rest.length > 0) return wrong(text, "it has more than one @");
  if (digest !== undefined) {
    const fault = wrongDigest(digest);
    if (fault !== undefined) return wrong(text, fault);
  }
  const slash = named.indexOf("/");
  const first = slash < 0 ? "" : named.slice(0, slash);
  const hasRegistry = /[.:A-Z]/.test(first) || first === "localhost";
  if (hasRegistry && !registry.test(first)) return wrong(text, `${first} is no registry`);
  const port = Number(/:([0-9]+)$/.exec(first)?.[1] ?? 1);
  if (port < 1 || port > 65_535) return wrong(text, `${port} is no port`);
  return wrongName(text, hasRegistry ? named.slice(slash + 1) : named, hasRegistry ? first : "");
}

function wrongName(text: string, rest: string, host: string): Fault | undefined {
  const [path = "", tag, ...more] = rest.split(":");
  if (more.length > 0) return wrong(text, "it has more than one tag");
  if (tag !== undefined && !/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/.test(tag))
    return wrong(text, "a tag has letters, digits, _, . and -, begins with none of the last two, and has at most 128");
  if (/[A-Z]/.test(path)) return wrong(text, "names of images are in lower case");
  const bad = path.split("/").find((part) => !component.test(part));
  if (bad === "") return wrong(text, "a part of the name is empty");
  if (bad !== undefined) return wrong(text, `${bad} cannot be part of a name`);
  if (host === "" && /^[0-9a-f]{64}$/.test(path)) return wrong(text, "the name looks like an image's id");
  return `${host}/${path}`.length > 255 ? wrong(text, "the name is longer than 255 characters") : undefined;
}

function wrongDigest(digest: string): string | undefined {
  const [, algorithm = "", hex = ""] = /^([A-Za-z][A-Za-z0-9+._-]*):([0-9a-f]+)$/.exec(digest) ?? [];
  const length = ownValue(digestLengths, algorithm);
  if (algorithm === "") return "a digest is such as sha256: and 64 hexadecimal digits";
  if (length === undefined) return `${algorithm} is no algorithm of digests`;
  return hex.length === length ? undefined : `a digest by ${algorithm} has ${length} hexadecimal digits`;
}

function wrong(text: string, reason: string): Fault {
  return { problem: `${JSON.stringify(text)} is no image reference: ${reason}`, hint: example };
}
