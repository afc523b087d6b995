// Where in a YAML text a path of the document stands.
import type { Alias, Document, LineCounter, Node, YAMLMap } from "yaml";
import { isAlias, isMap, isScalar, isSeq, visit } from "yaml";
import type { Path } from "./path.ts";

/** 1-based. */
export type Place = { readonly line: number; readonly column: number };

export type Source = {
  /** File name as the user gave it; "-" is standard input. */
  readonly file: string;
  /** Place of the node at `path`, or of the deepest node on the way to it that exists. */
  readonly locate: (path: Path, at: "key" | "value") => Place | undefined;
  /** The number at `path` as it is written, such as `.inf`, `0x10` or `1e400`; undefined for all else. */
  readonly numberAt: (path: Path) => string | undefined;
};

/** Of a text that was not parsed. */
export function sourceWithoutPlaces(file: string): Source {
  return { file, locate: () => undefined, numberAt: () => undefined };
}

type Found = { readonly key: unknown; readonly value: unknown };

/** The source of a parsed document. */
export function sourceOf(file: string, document: Document, lines: LineCounter): Source {
  const childOf = createChildOf();
  const resolved = createResolved(document);
  function locate(path: Path, at: "key" | "value"): Place | undefined {
    let found: Found = { key: undefined, value: document.contents };
    let reached = true;
    for (const segment of path) {
      const next = childOf(resolved(found.value), segment);
      if (next === undefined) {
        reached = false;
        break;
      }
      found = next;
    }
    const node = at === "value" && reached && isPlain(found.value) ? found.value : (found.key ?? found.value);
    const offset = startOf(node) ?? startOf(found.key) ?? startOf(document.contents);
    if (offset === undefined) return undefined;
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  }
  function numberAt(path: Path): string | undefined {
    const node = path.reduce<unknown>((here, segment) => childOf(resolved(here), segment)?.value, document.contents);
    const scalar = resolved(node);
    return isScalar(scalar) && typeof scalar.value === "number" ? scalar.source : undefined;
  }
  return { file, locate, numberAt };
}

/** What an alias stands for: looked up in all of the document once, not once for each alias. */
function createResolved(document: Document): (node: unknown) => unknown {
  let targets: ReadonlyMap<Alias, unknown> | undefined;
  return (node) => (isAlias(node) ? (targets ??= targetsIn(document)).get(node) : node);
}

/** The last node before each alias that has its anchor. */
function targetsIn(document: Document): ReadonlyMap<Alias, unknown> {
  const anchored = new Map<string, unknown>();
  const targets = new Map<Alias, unknown>();
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node)) targets.set(node, anchored.get(node.source));
      else if ("anchor" in node && node.anchor !== undefined) anchored.set(node.anchor, node);
    },
  });
  return targets;
}

/** A map's keys are put in order once: one with very many is asked as often as there are problems in it. */
function createChildOf(): (node: unknown, segment: string | number) => Found | undefined {
  const known = new WeakMap<object, ReadonlyMap<string, Found>>();
  return (node, segment) => {
    if (isSeq(node)) {
      const item = typeof segment === "number" ? node.items[segment] : undefined;
      return item === undefined ? undefined : { key: undefined, value: item };
    }
    if (!isMap(node)) return undefined;
    const children = known.get(node) ?? childrenOf(node);
    known.set(node, children);
    return children.get(String(segment));
  };
}

/** The first of equal keys counts. */
function childrenOf({ items }: YAMLMap): ReadonlyMap<string, Found> {
  const children = new Map<string, Found>();
  for (const { key, value } of items)
    if (isScalar(key) && !children.has(String(key.value))) children.set(String(key.value), { key, value });
  return children;
}

/** A scalar, an alias or a list is named by its own place, a map by its key. */
function isPlain(node: unknown): boolean {
  return (isScalar(node) && node.source !== "") || isAlias(node) || isSeq(node);
}

function startOf(node: unknown): number | undefined {
  // every node of the library that has been parsed has a range; others have none
  const range = typeof node === "object" && node !== null && "range" in node ? (node as Node).range : undefined;
  return range?.[0];
}
