// A plan of the agent as bare calls: the same ones in the same order, everything but the calls done before.
import { commitArguments } from "#agent/files/commit-arguments.ts";
import { buildTar } from "#agent/files/tar.ts";
import { createBody } from "#agent/engine/create-body.ts";
import { helperLabels, ownershipLabels } from "#agent/engine/labels.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import type { FileCommit, Step, StepOf } from "#shared/state/step.ts";
import { temporaryName } from "#shared/state/temporary-name.ts";
import { reveal } from "#shared/secret.ts";
import type { BareCall } from "./bare-client.ts";

export type BareOptions = {
  readonly desired: DesiredState;
  /** Reference or id of the agent's image, for its config containers. */
  readonly selfImage: string;
};

/** One look: the list, and each container that is there. */
export function lookCalls(ids: readonly string[]): readonly BareCall[] {
  return [
    { method: "GET", path: "/containers/json?all=true" },
    ...ids.map((id) => ({ method: "GET", path: `/containers/${id}/json` }) as const),
  ];
}

/** The calls of all steps but the waits for probes. Throws for a kind of step that no work of the benchmark has. */
export async function planCalls(steps: readonly Step[], options: BareOptions): Promise<readonly BareCall[]> {
  const calls: BareCall[] = [];
  for (const [index, step] of steps.entries()) calls.push(...(await stepCalls(step, { ...options, index })));
  return calls;
}

type Context = BareOptions & { readonly index: number };

async function stepCalls(step: Step, context: Context): Promise<readonly BareCall[]> {
  switch (step.kind) {
    case "commitFiles":
      return commitCalls(step.arguments, context);
    case "checkFiles":
      return checkCalls(step, context);
    case "createContainer":
      return [createCall(step, context)];
    case "startContainer":
      return [{ method: "POST", path: `/containers/${step.arguments.id ?? `{${step.subject}}`}/start` }];
    case "stopContainer":
      return [{ method: "POST", path: `/containers/${step.arguments.id}/stop?t=${step.arguments.timeoutSeconds}` }];
    case "removeContainer":
      return [{ method: "DELETE", path: `/containers/${step.arguments.id}?force=true&v=true` }];
    case "renameContainer":
      return [{ method: "POST", path: `/containers/${step.arguments.id}/rename?name=${step.arguments.to}` }];
    case "updateContainer":
      return [
        {
          method: "POST",
          path: `/containers/${step.arguments.id}/update`,
          body: { RestartPolicy: { Name: step.arguments.restart, MaximumRetryCount: 0 } },
        },
      ];
    case "signalContainer":
      return [{ method: "POST", path: `/containers/${step.arguments.id}/kill?signal=${step.arguments.signal}` }];
    case "waitHealthy":
      return [];
    default:
      throw new Error(`no work of the benchmark has a step ${step.kind}`);
  }
}

function createCall(step: StepOf<"createContainer">, { desired }: Context): BareCall {
  const { spec, specHash, restart, resources, startArgs, start } = step.arguments;
  const { cluster, host } = desired;
  const labels = ownershipLabels({
    cluster,
    host,
    component: step.component,
    container: step.subject,
    specHash,
    start,
  });
  const body = createBody({ name: step.subject, spec, startArgs, labels, restart, resources });
  return { method: "POST", path: `/containers/create?name=${step.subject}`, body, saves: step.subject };
}

async function commitCalls(commit: FileCommit, context: Context): Promise<readonly BareCall[]> {
  const name = `bare-config-${context.index}`;
  const args = commitArguments(commit);
  const upload = await tarOf(commit);
  const at = `/containers/{${name}}`;
  const run: readonly BareCall[] = [
    { method: "POST", path: `${at}/start` },
    { method: "POST", path: `${at}/wait` },
  ];
  return [
    { method: "POST", path: `/containers/create?name=${name}`, body: configBody(args, context), saves: name },
    ...(upload === undefined ? [] : [{ method: "PUT", path: `${at}/archive?path=/mnt/host`, upload } as const]),
    ...(args.length === 0 ? [] : run),
    { method: "DELETE", path: `${at}?force=true&v=true` },
  ];
}

function configBody(args: readonly string[], { desired, selfImage }: Context): object {
  return {
    Image: selfImage,
    Entrypoint: ["/flexkube-agent"],
    Cmd: ["commit", ...args],
    User: "0:0",
    Labels: helperLabels({ cluster: desired.cluster, host: desired.host, purpose: "config" }),
    HostConfig: {
      NetworkMode: "none",
      ReadonlyRootfs: true,
      CapDrop: ["ALL"],
      CapAdd: ["DAC_OVERRIDE", "FOWNER"],
      SecurityOpt: ["no-new-privileges", "label=disable"],
      UsernsMode: "host",
      Mounts: [{ Type: "bind", Source: "/", Target: "/mnt/host", BindOptions: { Propagation: "rslave" } }],
    },
  };
}

async function tarOf({ directories, fresh, replaced }: FileCommit): Promise<Uint8Array | undefined> {
  if (directories.length + fresh.length + replaced.length === 0) return undefined;
  const modifiedAt = Date.now();
  const file = (item: FileCommit["fresh"][number], path: string) => {
    const { mode, uid, gid } = item;
    const content = Buffer.from(reveal(item.content));
    return { type: "file", name: path.slice(1), mode, uid, gid, modifiedAt, content } as const;
  };
  return buildTar([
    ...directories
      .toSorted((a, b) => (a.path < b.path ? -1 : 1))
      .map(
        ({ path, mode, uid, gid }) => ({ type: "directory", name: path.slice(1), mode, uid, gid, modifiedAt }) as const,
      ),
    ...fresh.map((item) => file(item, item.path)),
    ...replaced.map((item) => file(item, temporaryName(item.path))),
  ]);
}

async function checkCalls(step: StepOf<"checkFiles">, { desired, index }: Context): Promise<readonly BareCall[]> {
  const { spec, files } = step.arguments;
  const name = `bare-check-${index}`;
  const labels = helperLabels({ cluster: desired.cluster, host: desired.host, purpose: "check" });
  const body = createBody({ name, spec, labels, restart: "no", resources: {} });
  const fresh = files.map((file) => ({ ...file, component: step.component }));
  const upload = await tarOf({ directories: [], fresh, replaced: [], removed: [] });
  const at = `/containers/{${name}}`;
  return [
    { method: "POST", path: `/containers/create?name=${name}`, body, saves: name },
    { method: "PUT", path: `${at}/archive?path=/`, upload },
    { method: "POST", path: `${at}/start` },
    { method: "POST", path: `${at}/wait` },
    { method: "DELETE", path: `${at}?force=true&v=true` },
  ];
}
