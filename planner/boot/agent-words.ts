// What a person may say of the agent that a document brings up.
import { orKnown } from "#shared/argument-fault.ts";
import { faultOfWord } from "#shared/schema/typed-word.ts";
import { signerPem } from "#shared/sealed/envelope.ts";
import { Image } from "#shared/schema/words/words.ts";

/** What is wrong with an image's reference; undefined when nothing is. */
export function imageFault(image: string): string | undefined {
  return faultOfWord(Image, image);
}

/** Options of `flexkube-agent run` besides those that every document says itself, and whether each has a value, or one of which. */
export const agentOptions: ReadonlyMap<string, "value" | "word" | readonly string[]> = new Map<
  string,
  "value" | "word" | readonly string[]
>([
  ["--config-ca", "value"],
  ["--state", "value"],
  ["--socket", "value"],
  ["--host-root", "value"],
  ["--image", "value"],
  ["--log-level", ["debug", "info", "warn", "error", "silent"]],
  ["--log-format", ["text", "json"]],
  ["--signer", "value"],
  ["--allow-older", "word"],
]);
const ofDocument: readonly string[] = ["--host", "--config"];
const severalTimes = "--signer";

/** What is wrong with each of the further options of the agent, which would not start with it. */
export function agentOptionFaults(words: readonly string[], format: string | undefined): readonly string[] {
  // where Podman's socket is
  const said = new Set(format === "quadlet" ? ["--socket"] : []);
  return words.flatMap((word) => {
    const name = nameOf(word);
    const isAgain = name !== severalTimes && said.has(name);
    said.add(name);
    const fault =
      agentOptionFault(word) ?? (isAgain ? `${name} is said twice, and only one value can hold` : undefined);
    return fault === undefined ? [] : [fault];
  });
}

function agentOptionFault(word: string): string | undefined {
  if (!/^--[a-z][a-z-]*(?:=[ -~]+)?$/.test(word)) return `${word} is no option such as --log-level=debug`;
  const name = nameOf(word);
  if (ofDocument.includes(name)) return `${name} is what every document says itself`;
  const kind = agentOptions.get(name);
  if (kind === undefined) return `${name} is no option of flexkube-agent run${orKnown(name, [...agentOptions.keys()])}`;
  if (kind === "word") return name === word ? undefined : `${name} has no value`;
  if (name === word) return `${name} needs a value: ${name}=…`;
  const value = word.slice(name.length + 1);
  if (kind !== "value" && !kind.includes(value)) return `${name} is one of ${kind.join(", ")}`;
  const isNobody = name === severalTimes && signerPem(value) === undefined;
  return isNobody ? `${name} is the middle line of pki/delivery/signer.pub` : undefined;
}

function nameOf(word: string): string {
  return word.split("=")[0] ?? "";
}
