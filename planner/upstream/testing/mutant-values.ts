// Good and bad values of each kind that a flag or a field may hold, at the borders of what programs take.
import documents from "../documents.json" with { type: "json" };

type Version = {
  readonly types: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly enums: Readonly<Record<string, readonly string[]>>;
};
const version: Version = documents["1.37"];

const words = [
  "",
  "a",
  "none",
  "Static",
  "static",
  "text",
  "json",
  "10.0.0.1",
  "10.0.0.1:80",
  "10.0.0.0/8",
  "1.35",
  "0-3",
  "/a/../b",
];
const numbers = [-2, -1, 0, 1, 20, 100, 101, 65536, 99_999_999_999];
const durations = ["-1s", "0s", "1ms", "2s", "5m", "1h30m", "1d", "9999h", 10];

/** Of flags, as text. */
export const flagValues: Readonly<Record<string, readonly string[]>> = {
  bool: ["true", "false", "yes", "1"],
  int: ["1", "20", "-3", "0", "70000", "1.5", "ten"],
  int32: ["1", "20", "-1", "0", "101", "99999999999", "ten"],
  uint: ["1", "20", "-3", "1s"],
  float: ["0.5", "1", "-1", "half"],
  float32: ["0.5", "20", "-1", "half"],
  duration: ["10s", "1h30m", "-1s", "0", "10", "1d", "500ms", "9999h"],
  quantity: ["100Mi", "1", "-1", "many"],
  ip: ["10.0.0.9", "fd00::9", "host"],
  mapStringBool: ["", "A=yes", "NodeSwap=true", "NoSuchGate=true"],
  mapStringString: ["", "a=b", "cpu=1", "cpu=-1", "memory.available<5%", "batch/v1=true"],
  stringToString: ["a=b", "a"],
  colonSeparatedMultimapStringString: [
    "",
    "NodeSwap=false",
    "kube:NodeSwap=true",
    "NoSuchGate=true",
    "GangScheduling=true",
  ],
  strings: ["a,b", "", "*", "a,a"],
  string: ["a", "", "leases", "text", "batch", "external"],
  portRange: ["30000-32767", "70000-70001", "5-1"],
  Level: ["0", "4", "-1"],
  int32Slice: ["23", "1", "23,23"],
};

/** A value for what a field of a document holds (document-table.ts). */
export function fieldValue(word: string, random: (limit: number) => number, depth = 0): unknown {
  const one = (list: readonly unknown[]): unknown => list[random(list.length)];
  if (["int", "int32", "uint"].includes(word)) return one([...numbers, "many", 1.5]);
  if (word === "float") return one([-1, 0, 0.5, 1, 2, "half"]);
  if (word === "duration") return one(durations);
  if (word === "bool") return one([true, false, "yes"]);
  if (word === "quantity") return one(["1", "-1", "1Gi", "many"]);
  if (word === "string") return one(words);
  if (word === "any") return one([0, "5s", "64Ki", "x"]);
  if (word.startsWith("enum:")) return one([...(version.enums[word.slice(5)] ?? []), "Nope"]);
  if (word === "map[bool]") return one([{}, { NodeSwap: true }, { NoSuchGate: true }, { GangScheduling: true }]);
  if (word.startsWith("map["))
    return one([{}, { a: "b" }, { "memory.available": one(["10%", "120%"]) }, { cpu: one(["200m", "-1"]) }]);
  if (word.startsWith("[]")) {
    const item = fieldValue(word.slice(2), random, depth + 1);
    return one([[], [item], [item], [item, item]]);
  }
  return depth > 3 ? {} : fieldsFor(word.slice(1), random, depth);
}

/** One or two fields of a Go type, with values. */
export function fieldsFor(
  type: string,
  random: (limit: number) => number,
  depth = 0,
): Readonly<Record<string, unknown>> {
  const fields = Object.entries(version.types[type] ?? {}).filter(([name]) => name !== "apiVersion" && name !== "kind");
  const chosen = Array.from({ length: 1 + random(2) }, () => fields[random(fields.length)]);
  return Object.fromEntries(
    chosen.flatMap((field) => (field === undefined ? [] : [[field[0], fieldValue(field[1], random, depth + 1)]])),
  );
}
