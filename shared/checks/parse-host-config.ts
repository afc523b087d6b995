// Text to a host config that is right in itself, or all that is wrong with it.
import { deliveryOf } from "#shared/delivery/delivery-mark.ts";
import type { Problem } from "#shared/errors.ts";
import { firstByPlace } from "#shared/document/cap-problems.ts";
import { withFurther } from "#shared/document/further-problems.ts";
import type { Parsed } from "#shared/document/parse-document.ts";
import { parseDocument } from "#shared/document/parse-document.ts";
import { wrappingOf } from "#shared/delivery/wrapping.ts";
import { problemOf } from "#shared/document/finding.ts";
import { sourceWithoutPlaces } from "#shared/document/source.ts";
import { HostConfig } from "#shared/schema/host-config.ts";
import { validateHostConfig } from "./validate-host-config.ts";

/** Parses and checks a host config, and whether it is what the planner wrote; `file` is named in the problems, "-" is standard input. Never throws on bad input. */
export function parseHostConfig(text: string, file: string): Parsed<HostConfig> {
  const delivery = deliveryOf(text);
  if (delivery.by === "broken") return refused(delivery, file);
  const wrapping = wrappingOf(text);
  if (wrapping !== undefined) return refused(wrapping, file);
  const parsed = parseDocument(text, HostConfig, { file, kind: "Host" });
  const value = parsed.ok ? parsed.value : parsed.remainder;
  if (value === undefined) return parsed;
  const { source } = parsed;
  const found = validateHostConfig(value);
  const further = found.problems.map((finding) => problemOf(finding, source));
  if (!parsed.ok) return { ...parsed, problems: withFurther(parsed.problems, further, file) };
  if (further.length > 0) return { ok: false, problems: firstByPlace(further, file), source };
  const warnings = found.warnings.map((finding) => problemOf(finding, source));
  return { ...parsed, warnings: firstByPlace(warnings, file) };
}

/** What else is wrong with half a file, or with one that somebody has changed, leads nowhere. */
function refused({ problem, hint }: Pick<Problem, "problem" | "hint">, file: string): Parsed<HostConfig> {
  const problems = [{ path: "", problem, hint, file }];
  return { ok: false, problems, source: sourceWithoutPlaces(file) };
}
