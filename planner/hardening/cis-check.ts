// A check of the CIS Kubernetes Benchmark as data, and how it is judged by what is seen of a host, wished or real.
// Pure: it must not read, make or write anything.

/** Containers that checks look at. */
export type CisProgram =
  | "etcd"
  | "kube-apiserver"
  | "kube-controller-manager"
  | "kube-scheduler"
  | "kubelet"
  | "kube-proxy"
  | "pod-network";

/** What the value of an argument or a field must be. A list of one is looked at as its only value. */
export type Expected =
  | "set"
  | "unset"
  | { readonly is: string }
  | { readonly isOrUnset: string }
  | { readonly notOrUnset: string }
  | { readonly has: string }
  | { readonly lacks: string }
  | { readonly atLeast: number }
  | { readonly only: readonly string[] }
  | { readonly begins: string };

/** What files must be: at most this mode, root's, of the user that their container runs as and nobody else does, or not there. */
export type ExpectedFiles = { readonly mode: number } | { readonly owner: "root" | "own" } | "none";

export type Look =
  /** Flags of a program; `field` of its document counts where the flag is not given. All must be as expected. */
  | { readonly of: CisProgram; readonly flags: readonly string[]; readonly field?: string; readonly value: Expected }
  | { readonly of: CisProgram; readonly field: string; readonly value: Expected }
  /** Files of a component whose path fits. */
  | { readonly of: CisProgram; readonly files: RegExp; readonly are: ExpectedFiles }
  /** What the program makes itself, so that only a host that runs can tell. */
  | { readonly of: CisProgram; readonly onHost: string; readonly mode: number };

export type CisCheck = {
  readonly id: string;
  /** In words of our own. */
  readonly title: string;
  /** Those without it are judged by people in the benchmark; what of them can be told is looked at all the same. */
  readonly automated?: true;
  /** Unset: nothing to look at, and `reason` says why. */
  readonly look?: Look;
  /** Why the check cannot apply, or why something else stands for it. */
  readonly reason?: string;
};

export type SeenFile = { readonly path: string; readonly mode: number; readonly uid: number; readonly gid: number };

/** A host, as a check sees it. */
export type SeenHost = {
  /** The user that the program runs as; undefined when it is not on the host. */
  readonly userOf: (program: CisProgram) => string | undefined;
  /** Values of a flag; undefined when it is not given. */
  readonly argument: (program: CisProgram, flag: string) => readonly string[] | undefined;
  /** The program's configuration document. */
  readonly document: (program: CisProgram) => unknown;
  readonly files: (program: CisProgram) => readonly SeenFile[];
};

/** ok: as expected. Else what was found. Undefined: the program is not on the host, or only a running host can tell. */
export type CisVerdict = "ok" | { readonly found: string };

/** Users above it are nobody's on a host but ours. */
const smallestOwn = 65536;

export function judgeCis({ look }: CisCheck, seen: SeenHost): CisVerdict | undefined {
  if (look === undefined || "onHost" in look || seen.userOf(look.of) === undefined) return undefined;
  if ("files" in look) return judgeFiles(look, seen);
  const flags = "flags" in look ? look.flags : [];
  const field = look.field === undefined ? undefined : fieldAt(seen.document(look.of), look.field);
  const given = flags.map((flag) => seen.argument(look.of, flag));
  const values = flags.length === 0 ? [field] : given.map((value) => value ?? field);
  const wrong = values.find((value) => !isAsExpected(value, look.value));
  return values.every((value) => isAsExpected(value, look.value)) ? "ok" : { found: textOf(wrong) };
}

function judgeFiles({ of, files, are }: Extract<Look, { readonly files: RegExp }>, seen: SeenHost): CisVerdict {
  const found = seen.files(of).filter(({ path }) => files.test(path));
  if (are === "none") return found.length === 0 ? "ok" : { found: found.map(({ path }) => path).join(" ") };
  // a check that looks at nothing would pass whatever happens
  if (found.length === 0) return { found: "no such file" };
  const wrong = found.filter((file) =>
    "mode" in are ? (file.mode & ~are.mode & 0o777) !== 0 : !isOwner(file, are.owner, seen.userOf(of) ?? ""),
  );
  return wrong.length === 0
    ? "ok"
    : { found: wrong.map(({ path, mode, uid, gid }) => `${path} ${mode.toString(8)} ${uid}:${gid}`).join(", ") };
}

function isOwner({ uid, gid }: SeenFile, owner: "root" | "own", user: string): boolean {
  if (owner === "root") return uid === 0 && gid === 0;
  return `${uid}:${gid}` === user && (uid === 0 || uid >= smallestOwn);
}

/** A field of a document by its path with dots. */
function fieldAt(document: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((value, key) => {
    // an own key of data
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    return (value as Readonly<Record<string, unknown>>)[key];
  }, document);
}

function isAsExpected(value: unknown, expected: Expected): boolean {
  if (expected === "unset") return value === undefined;
  if (expected === "set") return value !== undefined && textOf(value) !== "";
  const text = textOf(value);
  const parts = text.split(",").map((part) => part.trim());
  if ("is" in expected) return value !== undefined && text === expected.is;
  if ("isOrUnset" in expected) return value === undefined || text === expected.isOrUnset;
  if ("notOrUnset" in expected) return value === undefined || text !== expected.notOrUnset;
  if ("has" in expected) return parts.includes(expected.has);
  if ("lacks" in expected) return !parts.includes(expected.lacks);
  if ("atLeast" in expected) return value !== undefined && text !== "" && Number(text) >= expected.atLeast;
  if ("only" in expected) return value !== undefined && parts.every((part) => expected.only.includes(part));
  return text.startsWith(expected.begins);
}

/** A list as the programs take it: with commas. */
function textOf(value: unknown): string {
  if (value === undefined) return "not set";
  return Array.isArray(value) ? value.map(textOf).join(",") : typeof value === "string" ? value : JSON.stringify(value);
}
