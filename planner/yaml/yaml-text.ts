// Block-style YAML of plain data, as the YAML library would write it but many times faster: a cluster's hosts are megabytes.
// Only what is beyond doubt is written here; every other key or value goes to the library, in its place.
import { stringify } from "yaml";
import { joinedPieces, longText } from "#shared/text-pieces.ts";

const options = { lineWidth: 0, version: "1.2", compat: "yaml-1.1", aliasDuplicateObjects: false } as const;

/** Text that no version of YAML takes for anything but text: words, paths, names of images, IPv4 addresses and networks. */
const plain = /^(?:[A-Za-z/][A-Za-z0-9_./-]*|[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:\/[0-9]{1,2})?)$/;
/** Words that some version takes for a boolean, for nothing or for a number. */
const words = /^(?:y|n|yes|no|on|off|true|false|null|e-?[0-9]+)$/i;

/** What keeps a text of several lines from being written as it is: other signs than those of ASCII, blanks where they count. */
const odd = /[^\n -~]|^[ \n]| \n|\n\n|\n /;

/** The library loses blanks of a text that is nothing else but them and line ends. */
const blank = /^[\t\n]* [ \t\n]*$/;

/** Longer keys are written otherwise. */
const longest = 512;

type Map = Readonly<Record<string, unknown>>;

/** The map's text; fields that are undefined are left out. */
export function yamlText(map: object): string {
  return yamlPieces(map).join("");
}

/** The same in pieces: a long text of several lines is one that it shares with the map before. */
export function yamlPieces(map: object): readonly string[] {
  const lines: string[] = [];
  // the keys of any object are text
  addMap(map as Map, "", lines);
  return lines.length === 0 ? ["{}\n"] : joinedPieces(lines, "\n");
}

function addMap(map: Map, indent: string, lines: string[]): void {
  for (const [key, value] of Object.entries(map)) {
    if (value === undefined) continue;
    const name = isPlain(key) ? key : isBlank(key) ? JSON.stringify(key) : undefined;
    if (name === undefined || !addValue(`${indent}${name}:`, value, { indent, lines }))
      addByLibrary({ [key]: value }, indent, lines);
  }
}

type Place = { readonly indent: string; readonly lines: string[] };

/** Adds a value behind `head`; false, with nothing added, when the library must do it. */
function addValue(head: string, value: unknown, { indent, lines }: Place): boolean {
  const scalar = scalarText(value);
  if (scalar !== undefined) {
    lines.push(`${head} ${scalar}`);
    return true;
  }
  const inner = `${indent}  `;
  if (typeof value === "string" && ((value.length >= longText && value === long.value) || isBlock(value))) {
    lines.push(`${head} |`, indented(value, inner));
    return true;
  }
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) {
    lines.push(value.length === 0 ? `${head} []` : head);
    for (const item of value) addItem(item, inner, lines);
    return true;
  }
  const isEmpty = Object.values(value).every((field) => field === undefined);
  lines.push(isEmpty ? `${head} {}` : head);
  addMap(value as Map, inner, lines);
  return true;
}

function addItem(item: unknown, indent: string, lines: string[]): void {
  const scalar = scalarText(item);
  if (scalar !== undefined) {
    lines.push(`${indent}- ${scalar}`);
    return;
  }
  if (typeof item !== "object" || item === null || Array.isArray(item)) {
    addByLibrary([item], indent, lines);
    return;
  }
  const first = lines.length;
  addMap(item as Map, `${indent}  `, lines);
  const line = lines[first];
  if (line === undefined) lines.push(`${indent}- {}`);
  else lines[first] = `${indent}- ${line.slice(indent.length + 2)}`;
}

/** A long text is the same on each host, such as the table of nodes: the last one is kept, and its lines behind an indent. */
let long = { value: "", indent: "", text: "" };

function indented(value: string, indent: string): string {
  if (value === long.value && indent === long.indent) return long.text;
  const text = `${indent}${value.slice(0, -1).replaceAll("\n", `\n${indent}`)}`;
  if (value.length >= longText) long = { value, indent, text };
  return text;
}

/** Lines that need nothing but their indentation, such as certificates. */
function isBlock(text: string): boolean {
  return text.length > 1 && text.endsWith("\n") && !odd.test(text);
}

function isBlank(text: string): boolean {
  return text.includes("\n") && blank.test(text);
}

function isPlain(text: string): boolean {
  return text.length <= longest && plain.test(text) && !words.test(text);
}

function scalarText(value: unknown): string | undefined {
  if (typeof value === "string") return isPlain(value) ? value : isBlank(value) ? JSON.stringify(value) : undefined;
  if (typeof value === "boolean") return String(value);
  return typeof value === "number" && Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : undefined;
}

/** Lines of the library's text, moved to their place; empty ones stay empty, as in a text of several lines. */
function addByLibrary(value: object, indent: string, lines: string[]): void {
  // some texts are written otherwise at the left edge of a document
  const isInner = indent !== "";
  for (const line of linesByLibrary(value, isInner))
    lines.push(line === "" ? "" : `${indent}${isInner ? line.slice(2) : line}`);
}

/** Ports, durations and images are the same on each host, and the library takes a twentieth of a millisecond for each. */
const written = new Map<string, readonly string[]>();
const mostWritten = 4096;
const longestWritten = 256;

function linesByLibrary(value: object, isInner: boolean): readonly string[] {
  const entries: readonly (readonly [string, unknown])[] = Object.entries(value);
  const [name, content] = entries[0] ?? ["", undefined];
  const isShort = typeof content === "string" && content.length + name.length <= longestWritten;
  const key = isShort ? JSON.stringify([Array.isArray(value), isInner, name, content]) : "";
  const known = isShort ? written.get(key) : undefined;
  if (known !== undefined) return known;
  const lines = libraryLines(value, isInner);
  if (isShort) {
    if (written.size >= mostWritten) written.clear();
    written.set(key, lines);
  }
  return lines;
}

function libraryLines(value: object, isInner: boolean): readonly string[] {
  const text = stringify(isInner ? { inner: value } : value, options);
  // the last line break is the document's own; further ones belong to a text
  return text
    .slice(0, -1)
    .split("\n")
    .slice(isInner ? 1 : 0);
}
