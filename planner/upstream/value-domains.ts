// What a value of an upstream program may be beyond its type: programs end at once at a port of 70000, at 120% or at a duration
// below nought. A domain judges the text of a flag and the value of a document's field alike.
import { pairsIn } from "#shared/components/kubelet-flags.ts";
import type { Fault } from "#shared/schema/types/domain.ts";
import { suggestion } from "#shared/nearest.ts";
import { isAddress } from "#shared/schema/types/address-kind.ts";
import { cidrFault } from "#shared/schema/types/network-text.ts";

/** Undefined is good. The value has the type that the program reads. */
export type ValueDomain = (value: unknown) => Fault | undefined;

const largestInt32 = 2_147_483_647;
const nanoseconds: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 6e10,
  h: 36e11,
};
/** Go counts nanoseconds in 63 bits. */
const longestDuration = 2 ** 63;

/** Nanoseconds of a duration as Go reads it; undefined for what it does not read. */
export function goDuration(text: string): number | undefined {
  const [, sign = "", body = ""] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (body === "0") return 0;
  if (!/^(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|\u00b5s|ms|s|m|h))+$/.test(body)) return undefined;
  let sum = 0;
  for (const [, amount, unit = ""] of body.matchAll(/([0-9.]+)(ns|us|\u00b5s|ms|s|m|h)/g))
    sum += Number(amount) * (nanoseconds[unit] ?? 0);
  return sum >= longestDuration ? undefined : sign === "-" ? -sum : sum;
}

/** A number from `least` to `most`, written as such or as text. */
export function within(least: number, most: number): ValueDomain {
  return (value) => {
    const number = Number(value);
    return number >= least && number <= most
      ? undefined
      : { problem: `${shown(value)} is out of range`, hint: rangeText(least, most) };
  };
}

function rangeText(least: number, most: number): string {
  return most >= largestInt32 ? `${least} or more` : `from ${least} to ${most}`;
}

export const notNegative = within(0, Number.MAX_SAFE_INTEGER);
export const positive = within(1, Number.MAX_SAFE_INTEGER);
export const percent = within(0, 100);
export const port = within(1, 65535);
/** 0 switches it off. */
export const portOrNone = within(0, 65535);

/** A duration of `least` to `most`, by default of nought or more. */
export function lasting(least = "0s", most?: string): ValueDomain {
  return (value) => {
    const ns = goDuration(String(value));
    if (ns === undefined) return { problem: `${shown(value)} is no duration`, hint: "such as 10s, 5m or 1h30m" };
    if (ns < (goDuration(least) ?? 0))
      return { problem: `${shown(value)} is too short`, hint: least === "0s" ? "0s or more" : `at least ${least}` };
    return most !== undefined && ns > (goDuration(most) ?? 0)
      ? { problem: `${shown(value)} is too long`, hint: `at most ${most}` }
      : undefined;
  };
}

/** One of these words; empty is the program's default. */
export function oneOf(...words: readonly string[]): ValueDomain {
  return (value) => (value === "" ? undefined : exactly(...words)(value));
}

/** One of these words. */
export function exactly(...words: readonly string[]): ValueDomain {
  return (value) =>
    words.includes(String(value))
      ? undefined
      : { problem: `${shown(value)} is not one of ${words.join(", ")}`, hint: suggestion(String(value), words) };
}

export function matching(pattern: RegExp, what: string): ValueDomain {
  return (value) =>
    pattern.test(String(value)) ? undefined : { problem: `${shown(value)} is not valid here`, hint: what };
}

/** Each item of a list, or of a text with commas; none twice. */
export function each(domain: ValueDomain): ValueDomain {
  return (value) => {
    const items: readonly unknown[] = Array.isArray(value)
      ? value
      : String(value)
          .split(",")
          .map((item) => item.trim());
    for (const [index, item] of items.entries()) {
      const fault =
        items.indexOf(item) < index ? { problem: `${shown(item)} is there twice`, hint: "name it once" } : domain(item);
      if (fault !== undefined) return Array.isArray(value) ? { ...fault, at: [index] } : fault;
    }
    return undefined;
  };
}

/** All of these hold. */
export function both(...domains: readonly ValueDomain[]): ValueDomain {
  return (value) => domains.reduce<Fault | undefined>((fault, domain) => fault ?? domain(value), undefined);
}

export const ipAddress: ValueDomain = (value) =>
  isAddress(String(value)) ? undefined : { problem: `${shown(value)} is no IP address` };

export const network: ValueDomain = (value) => cidrFault(String(value));

/** An address with a port. */
export const addressAndPort: ValueDomain = (value) => {
  const [, six, four, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+)):([0-9]{1,5})$/.exec(String(value)) ?? [];
  return isAddress(six ?? four ?? "") && (six === undefined || six.includes(":")) && port(digits) === undefined
    ? undefined
    : { problem: `${shown(value)} is no address with a port`, hint: "such as 127.0.0.1:10249 or [::1]:10249" };
};

/** Of a map: every key one of these, every value as `domain` says. A flag writes it key=value, or key<value, with commas between. */
export function mapOf(keys: ValueDomain, domain: ValueDomain): ValueDomain {
  return (value) => {
    for (const [key, item] of entriesOf(value)) {
      const fault = keys(key) ?? domain(item);
      if (fault !== undefined) return typeof value === "string" ? fault : { ...fault, at: [key] };
    }
    return undefined;
  };
}

/** The pairs of a map, or of a flag's text. */
export function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === "object" && value !== null ? Object.entries(value) : pairsIn(String(value));
}

const units: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The number that a quantity stands for; undefined for what is none. */
export function quantityOf(text: string): number | undefined {
  const [, number = "", unit = "", exponent = ""] =
    /^([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))(?:([KMGTPE]i|[numkMGTPE])|[eE]([+-]?[0-9]+))?$/.exec(text) ?? [];
  return number === "" ? undefined : Number(number) * (units[unit] ?? 1) * 10 ** Number(exponent);
}

/** A quantity of `least` or more. */
export function quantity(least = 0): ValueDomain {
  return (value) => {
    const number = quantityOf(String(value));
    if (number === undefined) return { problem: `${shown(value)} is no quantity`, hint: "such as 200m or 1Gi" };
    return number < least ? { problem: `${shown(value)} is too little`, hint: `${least} or more` } : undefined;
  };
}

/** Numbers of processors as the kernel lists them: 0-3,8. */
export const cpuList: ValueDomain = (value) => {
  const parts = String(value).split(",");
  const isList = parts.every((part) => {
    const [, first = "", last = first] = /^([0-9]{1,6})(?:-([0-9]{1,6}))?$/.exec(part.trim()) ?? [];
    return first !== "" && Number(first) <= Number(last);
  });
  return value === "" || isList
    ? undefined
    : { problem: `${shown(value)} is no list of processors`, hint: "such as 0-3,8" };
};

/** Absolute, without . .. and doubled slashes. */
export const cleanPath = matching(/^(\/|(\/(?!\.{1,2}(\/|$))[^/\u0000]+)+)$/, "an absolute path without . .. or //");

export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? "the value" : text;
}
