// `plan`: what apply would do, and nothing done.
import { exitCodes } from "#shared/errors.ts";
import { printPlan } from "#shared/reconcile/print.ts";
import type { Plan } from "#shared/reconcile/step.ts";
import { look } from "#agent/tick.ts";
import { buildAgent } from "./build-agent.ts";
import type { Environment } from "./environment.ts";
import type { Options } from "./options.ts";
import { printProblems } from "./print-problems.ts";

/** Exit code 0 when there is nothing to do, 2 when there is; what is blocked is printed with it. */
export async function planCommand(options: Options, environment: Environment): Promise<number> {
  const { agent, close } = await buildAgent(options, environment, { keep: false });
  try {
    const loaded = await agent.load(environment.signal);
    environment.printError(printProblems(loaded.problems));
    const { plan } = await look(agent, loaded, environment);
    environment.print(options.json ? `${JSON.stringify(publicPlan(plan))}\n` : printPlan(plan));
    return plan.steps.length === 0 ? exitCodes.ok : exitCodes.changes;
  } finally {
    close();
  }
}

/** The plan without its arguments, which hold file contents. */
export function publicPlan(plan: Plan): unknown {
  return {
    steps: plan.steps.map(({ kind, subject, component, cause }) => ({ kind, subject, component, cause })),
    text: printPlan(plan),
    blocked: plan.blocked,
    warnings: plan.warnings,
  };
}
