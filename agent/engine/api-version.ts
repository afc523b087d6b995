// Which version of the engine's API is spoken. Pure.
import { FlexkubeError } from "#shared/errors.ts";
import type { VersionAnswer } from "./inspect.ts";

/** Docker 20.10 and 28.5, the oldest and the newest engine the contract suite runs against. */
const oldest = { major: 1, minor: 41 };
const newest = { major: 1, minor: 51 };

type Version = { readonly major: number; readonly minor: number };

/** The highest version that both sides know; throws ENGINE_UNSUPPORTED when there is none. */
export function apiVersionFor(answer: Pick<VersionAnswer, "ApiVersion" | "MinAPIVersion">): string {
  const best = parse(answer.ApiVersion);
  const least = parse(answer.MinAPIVersion);
  if (before(best, oldest)) throw unsupported("the engine is older than Docker 20.10 (API 1.41)");
  if (before(newest, least)) throw unsupported("the engine no longer speaks API 1.51; a newer agent is needed");
  const chosen = before(newest, best) ? newest : best;
  return `${chosen.major}.${chosen.minor}`;
}

function parse(version: string): Version {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return { major, minor };
}

function before(a: Version, b: Version): boolean {
  return a.major < b.major || (a.major === b.major && a.minor < b.minor);
}

function unsupported(reason: string): FlexkubeError {
  return new FlexkubeError("ENGINE_UNSUPPORTED", "The container engine's version is not supported.", { reason });
}
