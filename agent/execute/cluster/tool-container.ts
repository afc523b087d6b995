// A container that runs kubectl or Helm once: not root, no capabilities, its files put in before it starts.
import type { Effects } from "#agent/effects/effects.ts";
import { helperCallMs, removeOrLeave } from "#agent/engine/helper.ts";
import { toolResources } from "#agent/engine/limits.ts";
import { buildTar } from "#agent/files/tar.ts";
import type { ContainerSpec } from "#shared/state/desired.ts";
import type { DesiredApi } from "#shared/state/desired-api.ts";
import { reveal } from "#shared/secret.ts";
import type { Secret } from "#shared/secret.ts";
import { bareSpec } from "#shared/state/bare-spec.ts";

/** Where its files are. */
export const toolFiles = "/flexkube";
const nobody = { uid: 65534, gid: 65534 } as const;

export type Tool = {
  readonly name: string;
  /** Default nobody. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  readonly image: string;
  readonly command: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** By name; they hold keys, and only the tool can read them. */
  readonly files: Readonly<Record<string, string | Uint8Array | Secret<string>>>;
};

/** Creates and starts it; resolves to its id. Throws ENGINE_*; what it has made then is removed. */
export async function startTool({ engine, clock }: Pick<Effects, "engine" | "clock">, tool: Tool): Promise<string> {
  const id = await engine.create(
    { name: tool.name, spec: specOf(tool), labels: tool.labels, restart: "no", resources: toolResources },
    { deadlineMs: helperCallMs },
  );
  try {
    const modifiedAt = clock.now();
    const entries = Object.entries(tool.files).map(([name, content]) => ({
      type: "file" as const,
      name: `${toolFiles.slice(1)}/${name}`,
      mode: 0o400,
      ...(tool.user ?? nobody),
      modifiedAt,
      content: content instanceof Uint8Array ? Buffer.from(content) : Buffer.from(reveal(content)),
    }));
    await engine.putArchive(id, "/", await buildTar(entries), { deadlineMs: helperCallMs });
    await engine.start(id, { deadlineMs: helperCallMs });
    return id;
  } catch (error) {
    await removeOrLeave(engine, id);
    throw error;
  }
}

/** A kubeconfig with everything in it. */
export function kubeconfigOf(api: DesiredApi): string {
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "cluster", cluster: { server: api.server, "certificate-authority-data": base64(api.ca) } }],
    users: [
      {
        name: "applier",
        user: {
          "client-certificate-data": base64(api.certificate),
          "client-key-data": base64(api.key.reveal()),
        },
      },
    ],
    contexts: [{ name: "applier", context: { cluster: "cluster", user: "applier" } }],
    "current-context": "applier",
  });
}

/** The root is writable, for Docker takes no files into a container with a read-only one. */
function specOf({ image, command, user = nobody }: Tool): ContainerSpec {
  return bareSpec({
    image,
    entrypoint: command.slice(0, 1),
    args: command.slice(1),
    env: {
      HOME: "/tmp",
      KUBECONFIG: `${toolFiles}/kubeconfig`,
      KUBECACHEDIR: "/tmp/kube",
      HELM_CACHE_HOME: "/tmp/helm/cache",
      HELM_CONFIG_HOME: "/tmp/helm/config",
      HELM_DATA_HOME: "/tmp/helm/data",
    },
    user: `${user.uid}:${user.gid}`,
    workingDirectory: "/tmp",
    networkMode: "host",
    readOnlyRoot: false,
    securityOptions: ["no-new-privileges"],
    tmpfs: { "/tmp": "mode=1777" },
    usernsMode: "host",
  });
}
