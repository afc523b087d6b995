// Flags of etcd and of Kubernetes' programs with what each holds, as the programs tell themselves (flags.json; a test compares it
// with them). A program ends at once at a flag that it does not know, or at a value that it cannot read.
import type { Fault } from "#shared/schema/types/domain.ts";
import { isAddress } from "#shared/schema/types/address-kind.ts";
import table from "./flags.json" with { type: "json" };
import type { Program } from "#planner/cluster/kubernetes/flag-tables.ts";
import { ownValue } from "#shared/own-value.ts";

/** Flag → word for its values. */
export type Flags = Readonly<Record<string, string>>;

const etcd: Readonly<Record<string, Flags>> = table.etcd;
const kubernetes: Readonly<Record<string, Readonly<Record<Program, Flags>>>> = table.kubernetes;

/** Of a minor version such as 3.6; undefined when it is not known here. */
export function etcdFlags(version: string): Flags | undefined {
  return ownValue(etcd, version);
}

/** Versions of etcd that know the flag. */
export function etcdVersionsWith(flag: string): readonly string[] {
  return Object.keys(etcd).filter((version) => Object.hasOwn(etcd[version] ?? {}, flag));
}

/** Minor versions of Kubernetes whose programs were asked. */
const askedMinors: readonly number[] = Object.keys(kubernetes).map((version) => Number(version.replace("1.", "")));

/** The minor version by whose flags a program of this one is judged: itself, else the nearest that was asked. */
export function askedMinor(minor: number): number {
  return Math.min(Math.max(minor, Math.min(...askedMinors)), Math.max(...askedMinors));
}

export function kubernetesFlags(program: Program, minor: number): Flags {
  return kubernetes[`1.${askedMinor(minor)}`]?.[program] ?? {};
}

/** Of all versions whose programs were asked. */
export function everyKubernetesFlag(program: Program): Flags {
  return Object.fromEntries(Object.values(kubernetes).flatMap((version) => Object.entries(version[program])));
}

type Reader = { readonly pattern: RegExp; readonly what: string };

const bool: Reader = { pattern: /^(1|0|t|f|T|F|true|false|True|False|TRUE|FALSE)$/, what: "true or false" };
const int: Reader = { pattern: /^[+-]?[0-9]{1,18}$/, what: "a whole number" };
const float: Reader = { pattern: /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$/, what: "a number" };
const pairs: Reader = { pattern: /^([^=,]+=[^,]*(,[^=,]+=[^,]*)*)?$/, what: "pairs such as a=b,c=d" };
const readers: Readonly<Record<string, Reader>> = {
  bool,
  int,
  int32: { pattern: /^[+-]?[0-9]{1,9}$/, what: "a whole number" },
  int32Slice: { pattern: /^[0-9]{1,9}(,[0-9]{1,9})*$/, what: "whole numbers with commas between them" },
  uint: { pattern: /^[0-9]{1,18}$/, what: "a whole number from 0 on" },
  Level: { pattern: /^[0-9]{1,9}$/, what: "a whole number from 0 on" },
  float,
  float32: float,
  duration: {
    pattern: /^[+-]?(0|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|\u00b5s|ms|s|m|h))+)$/,
    what: "a duration such as 500ms, 10s, 5m or 1h30m",
  },
  quantity: {
    pattern: /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$/,
    what: "a quantity such as 500m or 1Gi",
  },
  mapStringBool: {
    pattern: /^([^=,]+=(true|false)(,[^=,]+=(true|false))*)?$/,
    what: "pairs such as A=true,B=false",
  },
  namedCertKey: {
    pattern: /^[^,]+,[^,:]+(:.*)?$/,
    what: "the files of a certificate and its key, with a comma between",
  },
  mapStringString: pairs,
  stringToString: pairs,
  thresholds: { pattern: /^([^<,]+<[^,]*(,[^<,]+<[^,]*)*)?$/, what: "thresholds such as memory.available<100Mi" },
  portRange: { pattern: /^[0-9]+([-+][0-9]+)?$/, what: "ports such as 30000-32767" },
};

/** Flags whose help names another form than they read. */
const special: Readonly<Record<string, string>> = { "eviction-hard": "thresholds", "eviction-soft": "thresholds" };

/** A value that the program would not take. */
export function wrongFlagValue(type: string, value: string, flag = ""): Fault | undefined {
  const word = Object.hasOwn(special, flag) ? (special[flag] ?? type) : type;
  const reader = ownValue(readers, word);
  if (type === "ip" ? isAddress(value) : (reader?.pattern.test(value.trim()) ?? true)) return undefined;
  return { problem: `${JSON.stringify(value)} is no value of it`, hint: `expected ${reader?.what ?? "an IP address"}` };
}
