// What a person reads of an error: its sentence, what it is about, and why. Pure.
import { isFlexkubeError } from "#shared/errors.ts";

/** Never empty: what cannot be said is named. */
export function reasonOf(error: unknown): string {
  if (!isFlexkubeError(error)) return error instanceof Error ? error.message || error.name : String(error);
  return withDetails(error.message, error.details);
}

/** A sentence with what the details of its error add to it. */
export function withDetails(message: string, details: object): string {
  const known = new Map<string, unknown>(Object.entries(details));
  const parts = [message.replace(/\.$/, ""), aboutOf(known), saidIn(known)].filter((part) => part !== undefined);
  return parts.filter((part, index) => !parts.slice(index + 1).some((later) => later.includes(part))).join(": ");
}

type Details = ReadonlyMap<string, unknown>;

/** The path or the thing that it is about; the root of all is said by the sentence. */
function aboutOf(details: Details): string | undefined {
  for (const key of ["path", "file", "container", "directory"]) {
    const value = details.get(key);
    if (typeof value === "string" && value !== "" && value !== "/") return value;
  }
  return undefined;
}

function saidIn(details: Details): string | undefined {
  for (const key of ["reason", "output"]) {
    const value = details.get(key);
    if (typeof value === "string" && value.trim() !== "") return value;
  }
  const [found, wanted, afterMs] = [details.get("found"), details.get("wanted"), details.get("afterMs")];
  if (typeof found === "string")
    return typeof wanted === "string" ? `found ${found}, wanted ${wanted}` : `found ${found}`;
  if (typeof afterMs === "number") return `${String(details.get("call"))} within ${Math.round(afterMs / 1000)} s`;
  const holder = details.get("holder");
  return typeof holder === "string" ? `held by ${holder}` : undefined;
}
