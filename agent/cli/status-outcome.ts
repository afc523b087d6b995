// Whether a host is as it should be, in an exit code and the first reason why not. Pure.
import { firstTrouble } from "#agent/report/first-trouble.ts";
import { underwayText } from "#agent/report/report-text.ts";
import type { Report } from "#agent/report/report.ts";
import { exitCodes } from "#shared/errors.ts";
import type { Delivered } from "./delivered-config.ts";

export type Outcome = { readonly exitCode: number; readonly reason: string };

export type Seen = {
  readonly report: Report | undefined;
  readonly delivered: Pick<Delivered, "problems" | "pending">;
  readonly engineAnswers: boolean;
  /** Why the loop of this container does nothing. */
  readonly standsBy?: string | undefined;
  readonly now: number;
};

/** 69 before 65 before 70: what is seen last rests on what is seen first. */
export function outcomeOf({ report, delivered, engineAnswers, standsBy, now }: Seen): Outcome {
  const not = (reason: string): Outcome => ({ exitCode: exitCodes.step, reason });
  if (!engineAnswers) return { exitCode: exitCodes.engine, reason: "the engine does not answer" };
  // what is delivered here is not taken up meanwhile
  if (standsBy !== undefined) return not(standsBy);
  const [problem] = delivered.problems;
  if (problem !== undefined)
    return { exitCode: exitCodes.config, reason: `the given host config is not in force: ${problem.problem}` };
  if (report?.stoppedSince !== undefined) return not("the host was reset");
  if (delivered.pending) return { exitCode: exitCodes.config, reason: "the given host config is not in force yet" };
  if (report === undefined) return not("there is no report");
  if (report.stale !== undefined) return not(report.stale);
  if (report.result === "working") return not(underwayText(report, now));
  const reason = firstTrouble(report);
  return reason === undefined ? { exitCode: exitCodes.ok, reason: "healthy" } : not(reason);
}
