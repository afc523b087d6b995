// `status`: the last report with the containers' present states. Never takes the lock, never probes.
import type { ContainerSummary } from "#agent/engine/engine.ts";
import { labelKeys } from "#agent/engine/labels.ts";
import { printStatus } from "#agent/report/print-status.ts";
import type { Report } from "#agent/report/report.ts";
import { openStateDirectory } from "#agent/report/state-directory.ts";
import { exitCodes, isFlexkubeError } from "#shared/errors.ts";
import type { Environment } from "./environment.ts";
import type { Options } from "./options.ts";

/** Exit code 0 whenever there is something to show, however the components are. */
export async function statusCommand(options: Options, environment: Environment): Promise<number> {
  const { clock } = environment;
  const state = await openStateDirectory({ directory: options.state, clock });
  const report = withWarnings(await state.readReport(), await state.trouble());
  const engine = await environment.connect(options.socket);
  try {
    const present = await engine.list({ label: labelKeys.spec });
    show(options, environment, report === undefined ? undefined : withStates(report, present));
    return exitCodes.ok;
  } catch (error) {
    if (!isFlexkubeError(error) || !error.code.startsWith("ENGINE_")) throw error;
    show(options, environment, report);
    environment.printError(
      `the engine does not answer, so states are those of the report: ${error.message} (${error.code})\n`,
    );
    return exitCodes.engine;
  } finally {
    engine.close();
  }
}

function show(options: Options, { print, clock }: Environment, report: Report | undefined): void {
  print(options.json ? `${JSON.stringify(report ?? null)}\n` : printStatus(report, { now: clock.now() }));
}

/** Without a place for its state the agent works, but its report and its log stand still. */
function withWarnings(report: Report | undefined, trouble: string | undefined): Report | undefined {
  if (report === undefined || trouble === undefined) return report;
  const warning = `this report cannot be renewed in the state directory: ${trouble}`;
  return { ...report, warnings: [...report.warnings, warning] };
}

function withStates(report: Report, present: readonly ContainerSummary[]): Report {
  const components = report.components.map((component) => {
    const found = present.find((container) => container.name === component.name);
    const state = found?.state ?? "missing";
    if (state === component.state) return component;
    return { ...component, state, healthy: false, reason: `${state} since the last report` };
  });
  return { ...report, components };
}
