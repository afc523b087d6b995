// Errors and warnings as Terraform and OpenTofu show them: at an attribute, with the place in the cluster config in words.
import type { Problem } from "#shared/errors.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { printableLine } from "#shared/printable.ts";

export type Diagnostic = {
  readonly severity: 1 | 2;
  readonly summary: string;
  readonly detail: string;
  readonly attribute?: { readonly steps: readonly { readonly attribute_name: string }[] };
};

const error = 1;
const warning = 2;

export function errorAt(attribute: string | undefined, summary: string, detail = ""): Diagnostic {
  return told(error, attribute, { summary, detail });
}

export function warningAt(attribute: string | undefined, summary: string, detail = ""): Diagnostic {
  return told(warning, attribute, { summary, detail });
}

function told(
  severity: Diagnostic["severity"],
  attribute: string | undefined,
  { summary, detail }: Pick<Diagnostic, "summary" | "detail">,
): Diagnostic {
  const at = attribute === undefined ? {} : { attribute: { steps: [{ attribute_name: attribute }] } };
  return { severity, summary: printableLine(summary), detail, ...at };
}

export type Place = {
  /** By which name the text of the attribute `config` was read. */
  readonly file: string;
  /** Where keys lie, by attribute. */
  readonly keys: string;
};

export function problemDiagnostics(
  problems: readonly Problem[],
  { file }: Pick<Place, "file">,
  severity: "error" | "warning",
): readonly Diagnostic[] {
  return problems.map((problem) => {
    const isOfConfig = problem.file === undefined || problem.file === file;
    const where = isOfConfig ? "config" : printableLine(problem.file ?? "");
    const at = problem.line === undefined ? [] : [`${where}, line ${problem.line}, column ${problem.column ?? 1}`];
    const lines = [
      ...(at.length === 0 && !isOfConfig ? [where] : at),
      ...(problem.path === "" ? [] : [problem.path]),
      ...(problem.hint === undefined ? [] : [problem.hint]),
    ];
    const tell = severity === "error" ? errorAt : warningAt;
    const summary = problem.path === "" ? problem.problem : `${problem.path}: ${problem.problem}`;
    return tell(isOfConfig ? "config" : undefined, summary, lines.map(printableLine).join("\n"));
  });
}

/** What an error of ours comes to. Anything else is a bug and is thrown on. */
export function diagnosticsOf(failure: unknown, place: Place): readonly Diagnostic[] {
  if (isFlexkubeError(failure, "CONFIG_INVALID") || isFlexkubeError(failure, "PKI_LOST"))
    return problemDiagnostics(failure.details.problems, place, "error");
  if (!isFlexkubeError(failure)) throw failure;
  const details = Object.values(failure.details).map((detail) => printableLine(String(detail)));
  const isOfKeys = failure.code.startsWith("PKI_") || failure.code.startsWith("FILES_");
  return [errorAt(isOfKeys ? place.keys : undefined, failure.message, [failure.code, ...details].join("\n"))];
}
