// In which form a program prints its data.
import { stringify } from "yaml";
import { orKnown } from "#shared/argument-fault.ts";

export const outputs = ["json", "yaml"] as const;
export type Output = (typeof outputs)[number];

/** What `--output` asks for, or why it is not understood. `isJson` is the older word for json. */
export function outputOf(
  said: string | undefined,
  isJson: boolean,
): { readonly output: Output | undefined } | { readonly reason: string } {
  if (said === undefined) return { output: isJson ? "json" : undefined };
  const output = outputs.find((each) => each === said);
  if (output === undefined) return { reason: `unknown form${orKnown(said, outputs)}` };
  return isJson && output !== "json" ? { reason: "--json says another form" } : { output };
}

/** What `--output` and `--json` ask for together. Throws what `usage` makes of what is not understood. */
export function formIn(
  { output: said, json = false }: { readonly output?: string | undefined; readonly json?: boolean | undefined },
  usage: (argument: string, reason: string) => Error,
): { readonly output: Output | undefined; readonly json: boolean } {
  const form = outputOf(said, json);
  if ("reason" in form) throw usage("--output", form.reason);
  return { output: form.output, json: form.output !== undefined };
}

/** JSON as YAML: one document, or one for each line where every line is one. Throws SyntaxError for what is no JSON. */
export function yamlOf(json: string): string {
  const lines = json.trimEnd().split("\n");
  const documents = lines.length > 1 && lines.every(isWhole) ? lines : [json];
  return documents.map((text) => stringify(JSON.parse(text), { lineWidth: 0 })).join("---\n");
}

/** An object on one line. */
function isWhole(line: string): boolean {
  return line.startsWith("{") && line.endsWith("}");
}

type Print = (text: string) => void;

/** For what prints JSON; where YAML is asked for, all of it is kept until `end` and printed as that. */
export function printerAs(
  output: Output | undefined,
  print: Print,
): { readonly print: Print; readonly end: () => void } {
  if (output !== "yaml") return { print, end: () => undefined };
  const parts: string[] = [];
  return {
    print: (text) => void parts.push(text),
    end: () => {
      const json = parts.join("");
      if (json !== "") print(yamlOf(json));
    },
  };
}
