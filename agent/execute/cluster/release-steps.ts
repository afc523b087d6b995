// The steps on Helm releases. Helm may take minutes, so it is started by one step and settled by another, ticks later:
// the containers of the host are looked after all the while.
import { helperLabels, jobLabels } from "#agent/engine/labels.ts";
import { outputOf } from "#agent/engine/output-of.ts";
import type { Effects } from "#agent/effects/effects.ts";
import { wallTime } from "#shared/clock.ts";
import { FlexkubeError, isFlexkubeError } from "#shared/errors.ts";
import type { DesiredRelease } from "#shared/state/applied-objects.ts";
import type { HelmJob } from "#shared/state/observed.ts";
import type { StepOf } from "#shared/state/step.ts";
import { writeRelease } from "#agent/kubernetes/applied-record.ts";
import { asApplier, orPostponed } from "./cluster-step.ts";
import type { Applier } from "./cluster-step.ts";
import { readRelease, secretPath } from "#agent/kubernetes/helm-release.ts";
import { kubeconfigOf, startTool, toolFiles } from "./tool-container.ts";

const uninstallTimeoutMs = 300_000;
/** Beyond Helm's own limit. */
const graceMs = 60_000;
const outputLines = 20;

/** Throws ENGINE_*, KUBERNETES_*. */
export async function installRelease(step: StepOf<"installRelease">, effects: Effects): Promise<void> {
  const { digest, namespace, stuck } = step.arguments;
  const { signal } = effects;
  await asApplier(step, effects, async (applier) => {
    const release = applier.wish.releases.find(({ name }) => name === step.subject);
    if (release?.digest !== digest)
      throw new FlexkubeError("INTERNAL_BUG", "a step is for a release that is not desired", { reason: step.subject });
    if (stuck !== undefined) await removeStuck(applier, { namespace, ...stuck }, signal);
    const files = {
      "values.json": JSON.stringify(release.values),
      "chart.tgz": Buffer.from(release.chart.reveal(), "base64"),
    };
    const job: HelmJob = {
      release: step.subject,
      operation: "install",
      namespace,
      digest,
      image: step.arguments.image,
      until: wallTime(effects.clock).epochMs + release.timeoutMs + graceMs,
    };
    await startHelm(effects, applier, { job, args: installArguments(release), files });
  });
}

function installArguments({ name, namespace, wait, timeoutMs }: DesiredRelease): readonly string[] {
  return [
    "upgrade",
    "--install",
    name,
    `${toolFiles}/chart.tgz`,
    "--create-namespace",
    `--namespace=${namespace}`,
    `--values=${toolFiles}/values.json`,
    `--timeout=${Math.ceil(timeoutMs / 1000)}s`,
    ...(wait ? ["--wait"] : []),
  ];
}

/** Throws ENGINE_*. */
export async function uninstallRelease(step: StepOf<"uninstallRelease">, effects: Effects): Promise<void> {
  const { image, namespace } = step.arguments;
  const timeout = `--timeout=${uninstallTimeoutMs / 1000}s`;
  await asApplier(step, effects, async (applier) => {
    const until = wallTime(effects.clock).epochMs + uninstallTimeoutMs + graceMs;
    const job: HelmJob = { release: step.subject, operation: "uninstall", namespace, digest: "", image, until };
    const args = ["uninstall", step.subject, "--ignore-not-found", `--namespace=${namespace}`, timeout];
    await startHelm(effects, applier, { job, args, files: {} });
  });
}

async function startHelm(
  effects: Effects,
  { wish }: Applier,
  about: {
    readonly job: HelmJob;
    readonly args: readonly string[];
    readonly files: Readonly<Record<string, string | Uint8Array>>;
  },
): Promise<void> {
  const { desired, nonce } = effects;
  const { job, args, files } = about;
  await startTool(effects, {
    name: `flexkube-helm-${nonce()}`,
    image: job.image,
    command: [...wish.helm, ...args],
    labels: {
      ...helperLabels({ cluster: desired.cluster, host: desired.host, purpose: "helm" }),
      ...jobLabels(job),
    },
    user: wish.user,
    files: { ...files, kubeconfig: kubeconfigOf(wish.api) },
  });
}

/** Whoever made it is long gone; one that has moved on has another uid or is not there. */
async function removeStuck(
  { client }: Applier,
  { namespace, secret, uid }: { readonly namespace: string; readonly secret: string; readonly uid: string },
  signal: AbortSignal,
): Promise<void> {
  const body = { preconditions: { uid } };
  try {
    await client.request({ method: "DELETE", path: secretPath(namespace, secret), body }, signal);
  } catch (error) {
    if (isFlexkubeError(error, "KUBERNETES_NOT_FOUND") || isFlexkubeError(error, "KUBERNETES_CONFLICT")) return;
    throw error;
  }
}

/** What Helm has done is recorded and its container removed. Throws STEP_FAILED with Helm's last lines. */
export async function finishRelease(step: StepOf<"finishRelease">, effects: Effects): Promise<void> {
  const { id, job } = step.arguments;
  await asApplier(step, effects, async (applier) =>
    orPostponed(step, { digest: job.digest, effects }, async () => {
      const failure = await failureOf(id, job, effects);
      if (failure === undefined) await recordResult(applier, job, effects.signal);
      // last: until it is gone, the next tick does all this again
      await effects.engine.remove(id);
      if (failure !== undefined) throw failure;
    }),
  );
  const kind = job.operation === "install" ? "installed" : "uninstalled";
  await effects.record({ kind, component: step.component, container: step.component, cause: step.cause });
}

async function failureOf(id: string, job: HelmJob, { engine }: Effects): Promise<FlexkubeError | undefined> {
  const { exitCode, state } = await engine.inspect(id);
  if (state === "exited" && exitCode === 0) return undefined;
  const output = (await outputOf(engine, id, outputLines)).trim();
  const ended = state === "exited" ? `it ended with exit code ${exitCode}` : "it did not end in time";
  return new FlexkubeError("STEP_FAILED", "helm failed", {
    step: `${job.operation} release ${job.release}`,
    reason: output === "" ? ended : `${ended}: ${output}`,
  });
}

async function recordResult({ client }: Applier, job: HelmJob, signal: AbortSignal): Promise<void> {
  const { release: name, namespace, digest, image } = job;
  if (job.operation === "uninstall") {
    await writeRelease(client, { name, record: undefined }, signal);
    return;
  }
  const revision = (await readRelease(client, { namespace, name }, signal))?.revision ?? 0;
  await writeRelease(client, { name, record: { digest, namespace, revision, image } }, signal);
}
