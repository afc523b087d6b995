// `plan`: what apply would do, and nothing done.
import type { Loaded } from "#agent/tick/load-config.ts";
import { exitCodes, isFlexkubeError } from "#shared/errors.ts";
import type { Problem } from "#shared/errors.ts";
import { printPlan } from "#shared/reconcile/print.ts";
import type { Plan } from "#shared/state/step.ts";
import { look } from "#agent/tick/tick.ts";
import type { Agent } from "#agent/tick/tick.ts";
import { buildAgent } from "./build-agent.ts";
import { problemsOf } from "./delivered-config.ts";
import type { Environment } from "./environment.ts";
import type { Options } from "./options.ts";
import { printProblems } from "./print-problems.ts";

/**
 * Exit code 65 when the given config is not the one that is planned for, else 70 when something is blocked, else 2 when
 * there are changes; all of it is printed.
 */
export async function planCommand(options: Options, environment: Environment): Promise<number> {
  const { agent, close } = await buildAgent(options, environment, "look");
  try {
    const loaded = await loadOrTell(agent, options, environment);
    const { problems } = loaded;
    const { plan } = await look(agent, loaded, environment);
    if (options.json) environment.print(`${JSON.stringify({ ...publicPlan(plan), problems })}\n`);
    else {
      environment.printError(printProblems(problems));
      if (problems.length > 0) environment.printError(`${inForceLine(loaded)}\n`);
      environment.print(printPlan(plan));
    }
    return codeOf(plan, problems);
  } finally {
    close();
  }
}

/** Without any usable config there is no plan; a program that reads JSON gets the problems there too. */
async function loadOrTell(agent: Agent, options: Options, environment: Environment): Promise<Loaded> {
  try {
    return await agent.load(environment.signal);
  } catch (error) {
    if (options.json && isFlexkubeError(error) && error.code.startsWith("CONFIG_"))
      environment.print(`${JSON.stringify({ ...emptyPart, problems: problemsOf(error, options.config) })}\n`);
    throw error;
  }
}

const emptyPart = { steps: [], text: "", blocked: [], warnings: [] };

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
export function publicPlan(plan: Plan): object {
  return {
    steps: plan.steps.map(({ kind, subject, component, cause }) => ({ kind, subject, component, cause })),
    text: printPlan(plan),
    blocked: plan.blocked,
    warnings: plan.warnings,
  };
}
