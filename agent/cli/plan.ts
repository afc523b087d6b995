// `plan`: what apply would do, and nothing done.
import type { Loaded } from "#agent/tick/load-config.ts";
import { exitCodes, isFlexkubeError } from "#shared/errors.ts";
import type { Problem } from "#shared/errors.ts";
import { outputVersion } from "#shared/output/pieces.ts";
import type { PlanFields } from "#shared/output/pieces.ts";
import { rowsText } from "#shared/printable.ts";
import { planLines, printPlan } from "#shared/reconcile/print.ts";
import type { Plan } from "#shared/state/step.ts";
import { look } from "#agent/tick/tick.ts";
import type { Agent, Looked } from "#agent/tick/tick.ts";
import type { PlanOutput } from "#agent/output/plan-output.ts";
import { buildAgent } from "./build-agent.ts";
import { problemsOf } from "./delivered-config.ts";
import type { Environment } from "./environment.ts";
import type { Options } from "./options.ts";
import { printProblems } from "./print-problems.ts";
import { savePlan } from "./saved-plan.ts";

/**
 * Exit code 65 when the given config is not the one that is planned for, else 70 when something is blocked, else 2 when
 * there are changes; all of it is printed.
 */
export async function planCommand(options: Options, environment: Environment): Promise<number> {
  const { agent, close } = await buildAgent(options, environment, "look");
  try {
    const loaded = await loadOrTell(agent, options, environment);
    const { problems } = loaded;
    const seen = await look(agent, loaded, environment);
    const { plan } = seen;
    if (options.json) environment.print(jsonText(publicPlan(plan), problems));
    else {
      environment.printError(printProblems(problems));
      if (problems.length > 0) environment.printError(`${inForceLine(loaded)}\n`);
      environment.print(printPlan(plan));
    }
    if (options.save !== undefined) await save(options.save, { ...loaded, ...seen }, environment);
    return codeOf(plan, problems);
  } finally {
    close();
  }
}

/** A plan for another host config than the given one is nothing to agree to. */
async function save(file: string, looked: Looked, { clock, printError }: Environment): Promise<void> {
  if (looked.problems.length > 0) {
    printError("not saved: the plan is not for the given host config\n");
    return;
  }
  await savePlan(file, looked, clock);
  printError(rowsText([`saved: flexkube-agent apply --plan ${file} does exactly this, or nothing`]));
}

/** Without any usable config there is no plan; a program that reads JSON gets the problems there too. */
async function loadOrTell(agent: Agent, options: Options, environment: Environment): Promise<Loaded> {
  try {
    return await agent.load(environment.signal);
  } catch (error) {
    if (options.json && isFlexkubeError(error) && /^(?:CONFIG|SEALED)_/.test(error.code))
      environment.print(jsonText(emptyPart, problemsOf(error, options.config)));
    throw error;
  }
}

const emptyPart: PlanFields = { steps: [], plan: [], blocked: [], warnings: [] };

function jsonText(plan: PlanFields, problems: readonly Problem[]): string {
  const output: PlanOutput = { version: outputVersion, ...plan, problems };
  return `${JSON.stringify(output)}\n`;
}

/** What the plan is for, when the given config is not used. */
export function inForceLine({ config: { cluster, host, generation } }: Pick<Loaded, "config">): string {
  const which = generation === undefined ? "" : `, generation ${generation}`;
  return `the given host config is not used; in force is that of ${cluster}/${host}${which}`;
}

/** 65 before 70 before 2 before 0. */
export function codeOf(plan: Pick<Plan, "steps" | "blocked">, problems: readonly Problem[]): number {
  if (problems.length > 0) return exitCodes.config;
  if (plan.blocked.length > 0) return exitCodes.step;
  return plan.steps.length > 0 ? exitCodes.changes : exitCodes.ok;
}

/** The plan without its arguments, which hold file contents. */
export function publicPlan(plan: Plan): PlanFields {
  return {
    steps: plan.steps.map(({ kind, subject, component, cause }) => ({ kind, subject, component, cause })),
    plan: planLines(plan),
    blocked: plan.blocked,
    warnings: plan.warnings,
  };
}
