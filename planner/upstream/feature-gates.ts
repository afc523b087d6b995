// Feature gates of Kubernetes' programs (feature-gates.json, made by images/lab/kubernetes-documents for each supported minor version):
// a program ends at once at one that it does not know, that is locked to the other value, or that needs another one which is off.
import type { Fault } from "#shared/schema/types/domain.ts";
import { suggestion } from "#shared/nearest.ts";
import table from "./feature-gates.json" with { type: "json" };
import { entriesOf, shown } from "./value-domains.ts";
import { falseWord, trueWord } from "#shared/bool-words.ts";

type Gate = { readonly isOn: boolean; readonly isLocked: boolean; readonly needs: readonly string[] };

const versions: Readonly<Record<string, Readonly<Record<string, string>>>> = table;

function gateOf(minor: number, name: string): Gate | undefined {
  const gates = versions[`1.${minor}`] ?? {};
  if (!Object.hasOwn(gates, name)) return undefined;
  const [, word = "", lock = "", needs = ""] = /^(true|false)(!?)(?::(.*))?$/.exec(gates[name] ?? "") ?? [];
  return { isOn: word === "true", isLocked: lock !== "", needs: needs === "" ? [] : needs.split(",") };
}

/** Of a map, or of a flag's text; `kube:` in front of a name is left out. */
export function gatesIn(value: unknown): ReadonlyMap<string, boolean> {
  return new Map(
    entriesOf(value).map(([name, text]) => [name.replace(/^kube:/, ""), trueWord.test(String(text))] as const),
  );
}

/** The first gate that a program of the version would not take. Versions that are not known here have no faults. */
export function wrongGate(minor: number, value: unknown): Fault | undefined {
  if (versions[`1.${minor}`] === undefined) return undefined;
  for (const [key, text] of entriesOf(value)) {
    const fault = gateFault(minor, key.replace(/^kube:/, ""), text);
    if (fault !== undefined) return typeof value === "string" ? fault : { ...fault, at: [key] };
  }
  return undefined;
}

function gateFault(minor: number, name: string, text: unknown): Fault | undefined {
  const gate = gateOf(minor, name);
  if (gate === undefined)
    return {
      problem: `Kubernetes 1.${minor} has no feature gate ${JSON.stringify(name)}`,
      hint: suggestion(name, Object.keys(versions[`1.${minor}`] ?? {})),
    };
  if (!trueWord.test(String(text)) && !falseWord.test(String(text)))
    return { problem: `${name}: ${shown(text)} is neither true nor false` };
  return gate.isLocked && gate.isOn !== gatesIn({ [name]: text }).get(name)
    ? { problem: `the feature gate ${name} is locked to ${gate.isOn} in Kubernetes 1.${minor}`, hint: "remove it" }
    : undefined;
}

/** Whether a feature is on where these gates are given. One whose gate is gone stays what it was last. */
export function isGateOn(minor: number, given: ReadonlyMap<string, boolean>, name: string): boolean {
  return given.get(name) ?? lastGateOf(minor, name)?.isOn ?? false;
}

function lastGateOf(minor: number, name: string): Gate | undefined {
  for (let each = minor; versions[`1.${each}`] !== undefined; each -= 1) {
    const gate = gateOf(each, name);
    if (gate !== undefined) return gate;
  }
  return undefined;
}

/** The first gate that is on without another one that it needs, where that follows from what is given. */
export function unmetGate(
  minor: number,
  given: ReadonlyMap<string, boolean>,
): { readonly name: string; readonly fault: Fault } | undefined {
  if (given.size === 0) return undefined;
  // what switches many gates on and off at once leaves those alone whose needs are not met, or is not judged
  if (given.has("AllAlpha") || given.has("AllBeta")) return undefined;
  for (const name of Object.keys(versions[`1.${minor}`] ?? {})) {
    if (!isGateOn(minor, given, name)) continue;
    const unmet = gateOf(minor, name)?.needs.find((other) => !isGateOn(minor, given, other));
    if (unmet === undefined) continue;
    return given.has(unmet)
      ? { name: unmet, fault: { problem: `the feature gate ${name} needs ${unmet}`, hint: `switch ${name} off too` } }
      : { name, fault: { problem: `the feature gate ${name} needs ${unmet}`, hint: `switch ${unmet} on too` } };
  }
  return undefined;
}
