// `explain`: why a component of this host is as it is, from the event log and the plan of this moment. Changes nothing.
import type { ExplainOutput } from "#agent/output/explain-output.ts";
import { explain, explained, freedBy } from "#agent/report/explain.ts";
import type { Explained } from "#agent/report/explain.ts";
import { selectEvents } from "#agent/report/print-events.ts";
import { look } from "#agent/tick/tick.ts";
import { usage } from "#shared/command-line/usage.ts";
import { orKnown } from "#shared/argument-fault.ts";
import { exitCodes } from "#shared/errors.ts";
import type { Problem } from "#shared/errors.ts";
import { outputVersion } from "#shared/output/pieces.ts";
import { buildAgent } from "./build-agent.ts";
import type { Environment } from "./environment.ts";
import type { Options } from "./options.ts";
import { inForceLine, publicPlan } from "./plan.ts";
import { printProblems } from "./print-problems.ts";

/** Exit code 0, whatever it says. Throws INTERNAL_USAGE for a name that the host config does not have, else as `plan` does. */
export async function explainCommand(options: Options, environment: Environment): Promise<number> {
  const { agent, close } = await buildAgent(options, environment, "look");
  try {
    const loaded = await agent.load(environment.signal);
    const { desired, problems } = loaded;
    const { plan, observed } = await look(agent, loaded, environment);
    const all = [...desired.containers, ...(desired.unmet ?? [])].map(({ component, name }) => ({ component, name }));
    const left = observed.containers.map(({ component, container }) => ({ component, name: container }));
    const planned = [...plan.steps, ...plan.blocked].map(({ component }) => ({ component, name: component }));
    const component = componentOf(options.name, [...all, ...left, ...planned]);
    const events = selectEvents(await agent.state.readEvents(Number.MAX_SAFE_INTEGER), {
      name: component,
      since: undefined,
    });
    if (!options.json) environment.printError(printProblems(problems));
    if (!options.json && problems.length > 0) environment.printError(`${inForceLine(loaded)}\n`);
    const about = { component, events, plan };
    environment.print(options.json ? jsonText(about, problems) : explain(about));
    return exitCodes.ok;
  } finally {
    close();
  }
}

function jsonText(about: Explained, problems: readonly Problem[]): string {
  const { component } = about;
  const { events, steps, blocked } = explained(about);
  const { steps: rows, plan } = publicPlan({ steps, blocked, warnings: [] });
  const held = blocked.map((item) => ({ ...item, freedBy: freedBy[item.code] }));
  const output: ExplainOutput = {
    version: outputVersion,
    component,
    events,
    steps: rows,
    plan,
    blocked: held,
    problems,
  };
  return `${JSON.stringify(output)}\n`;
}

type Named = { readonly component: string; readonly name: string };

function componentOf(name: string | undefined, known: readonly Named[]): string {
  const found = known.find((one) => one.component === name) ?? known.find((one) => one.name === name);
  if (found !== undefined) return found.component;
  const names = [...new Set(known.flatMap((one) => [one.component, one.name]))].filter((one) => one !== "").toSorted();
  throw usage(
    name ?? "explain",
    name === undefined
      ? `which component? known are ${names.join(", ")}`
      : `there is no such component${orKnown(name, names)}`,
  );
}
