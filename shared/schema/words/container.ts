// "Any container with files": what both documents say about one container.
import * as z from "zod";
import {
  AbsolutePath,
  Argument,
  Command,
  Content,
  Id,
  Image,
  Mode,
  Name,
  Port,
  Probe,
  Resources,
  RestartPolicy,
  SecretName,
  ServedAddress,
  StopTimeout,
} from "./words.ts";
import { all, domain, repeatedIn } from "#shared/schema/types/domain.ts";
import type { Fault } from "#shared/schema/types/domain.ts";
import {
  notCapability,
  notDevicePermissions,
  notSignal,
  notSysctl,
  notTmpfsOptions,
  notUlimit,
  notUser,
  ulimitBeyond,
  wrongSysctlValue,
} from "#shared/schema/types/docker-words.ts";
import { notLogDriver } from "#shared/schema/types/log-options.ts";
import { foreignName } from "#shared/schema/types/own-name.ts";
import { illFormed, notOneLine } from "#shared/schema/types/well-formed.ts";

/**
 * What happens when the content, mode or owner of a file changes.
 * `replace`: the file is sealed with its container, a change makes a new container (the default for relative paths).
 * `none`, `signal`, `restart`: the file is live, replaced atomically at its path, then nothing, a signal, or a restart.
 */
export const FileEffect = z.enum(["replace", "none", "signal", "restart"]).meta({
  description:
    "What a change does: replace (a new container; relative paths only, their default), none (default for absolute paths), signal, restart.",
});
export type FileEffect = z.infer<typeof FileEffect>;

export const Signal = domain(
  "signal",
  z
    .string()
    .regex(/^(SIG)?[A-Z][A-Z0-9+-]{1,15}$/, "a signal such as HUP or USR2")
    .meta({ description: "A signal's name, such as HUP or USR2." }),
  notSignal,
);
export type Signal = z.infer<typeof Signal>;

/** A file of a container. Exactly one of `content` and `secret`. */
export const FileConfig = z
  .strictObject({
    path: z
      .union([
        AbsolutePath,
        domain(
          "relative path",
          z
            .string()
            .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*(\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/, "a relative path without . or .."),
          notShortParts,
        ),
      ])
      .meta({
        description:
          "Relative: in the container's own directory (mounted at filesAt, or at liveFilesAt for live files). Absolute: a path of the host.",
      }),
    content: Content.optional().meta({ description: "Content as text, at most 1 MiB." }),
    secret: SecretName.optional().meta({ description: "Name of the secret that is the content." }),
    mode: Mode.optional().meta({ description: 'Mode. Default "0644" for content, "0600" for a secret.' }),
    uid: Id.default(0).meta({ description: "Owner. Default 0." }),
    gid: Id.default(0).meta({ description: "Group. Default 0." }),
    effect: FileEffect.optional(),
    signal: Signal.optional().meta({ description: "Signal for effect signal. Default HUP." }),
    takeOver: z
      .boolean()
      .default(false)
      .meta({ description: "Overwrite a differing file that is not ours. Default false." }),
  })
  .refine((file) => (file.content === undefined) !== (file.secret === undefined), "exactly one of content and secret");
export type FileConfig = z.infer<typeof FileConfig>;

export const MountConfig = z.strictObject({
  source: AbsolutePath.or(z.literal("/")).meta({ description: "Path on the host." }),
  target: AbsolutePath.meta({ description: "Path in the container." }),
  readOnly: z.boolean().default(false).meta({ description: "Default false." }),
  propagation: z
    .enum(["rprivate", "private", "rshared", "shared", "rslave", "slave"])
    .default("rprivate")
    .meta({ description: "Mount propagation. Default rprivate." }),
  create: z
    .strictObject({ mode: Mode.default("0755"), uid: Id.default(0), gid: Id.default(0) })
    .optional()
    .meta({
      description: "Make the source directory when it is missing, with this mode and owner. It is data: never removed.",
    }),
});
export type MountConfig = z.infer<typeof MountConfig>;

export const PortConfig = z.strictObject({
  address: ServedAddress.default("0.0.0.0").meta({ description: "Host address. Default 0.0.0.0." }),
  hostPort: Port,
  containerPort: Port,
  protocol: z.enum(["tcp", "udp", "sctp"]).default("tcp").meta({ description: "Default tcp." }),
});
export type PortConfig = z.infer<typeof PortConfig>;

const Capability = domain(
  "capability",
  z.string().regex(/^(ALL|[A-Z][A-Z_]{1,40})$/, "a capability such as NET_ADMIN, without CAP_, or ALL"),
  notCapability,
);
const Env = z.record(
  domain(
    "name of a variable",
    z.string().regex(/^[^=\u0000]{1,255}$/, "1 to 255 characters without ="),
    all(foreignName, notOneLine),
  ),
  domain("value of a variable", z.string().max(65536), illFormed),
);
const NetworkMode = domain(
  "network mode",
  z
    .string()
    .regex(/^(host|bridge|none|[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127})$/, "host, bridge, none or the name of a network"),
);

export const LogConfig = z
  .strictObject({
    driver: domain("log driver", z.string().min(1).max(64), notLogDriver)
      .default("json-file")
      .meta({ description: "Default json-file." }),
    options: z
      .record(
        domain("log option", z.string(), all(foreignName, notOneLine)),
        domain("value of a log option", z.string(), notOneLine),
      )
      .default({ "max-size": "10m", "max-file": "3" })
      .meta({ description: "Driver options. Default max-size 10m, max-file 3." }),
  })
  .meta({ description: "Docker's log driver." });
export type LogConfig = z.infer<typeof LogConfig>;

export const Ulimit = domain(
  "limit",
  z.strictObject({
    name: domain("name of a limit", z.string().regex(/^[a-z]{2,16}$/, "a limit such as nofile"), notUlimit).meta({
      description: "Such as nofile.",
    }),
    soft: z.int().min(-1).meta({ description: "Soft limit; -1 is none." }),
    hard: z.int().min(-1).meta({ description: "Hard limit; -1 is none." }),
  }),
  ulimitBeyond,
);
export type Ulimit = z.infer<typeof Ulimit>;

export const ContainerConfig = z.strictObject({
  image: Image,
  entrypoint: Command.optional().meta({ description: "Overrides the image's entrypoint." }),
  args: z.array(Argument).optional().meta({ description: "Overrides the image's command." }),
  env: Env.default({}).meta({
    description: "Environment. Visible to whoever may inspect containers: no secrets here.",
  }),
  files: z
    .array(FileConfig)
    .max(200)
    .default([])
    .meta({ description: "Files that the agent writes for the container. Default none." }),
  filesAt: AbsolutePath.default("/etc/flexkube/files").meta({
    description: "Where sealed files are mounted, read-only.",
  }),
  liveFilesAt: AbsolutePath.default("/etc/flexkube/live").meta({
    description: "Where live files with relative paths are mounted, read-only.",
  }),
  mounts: z
    .array(MountConfig)
    .max(100)
    .default([])
    .meta({ description: "Directories of the host in the container. Default none." }),
  tmpfs: z
    .record(AbsolutePath, domain("options of tmpfs", z.string(), notTmpfsOptions))
    .default({})
    .meta({ description: "Path to mount options." }),
  ports: z
    .array(PortConfig)
    .max(100)
    .default([])
    .meta({ description: "Published ports; without meaning on the host network. Default none." }),
  networkMode: NetworkMode.default("bridge").meta({ description: "host, none, bridge (default) or a network." }),
  pidMode: z
    .enum(["", "host"])
    .default("")
    .meta({ description: "Process namespace; empty is one of its own, the default." }),
  ipcMode: z
    .enum(["", "host", "private", "shareable", "none"])
    .default("")
    .meta({ description: "IPC namespace; empty is what Docker chooses, the default." }),
  user: domain(
    "user and group",
    z.string().regex(/^[a-zA-Z0-9_.-]+(:[a-zA-Z0-9_.-]+)?$/, "user or user:group"),
    notUser,
  )
    .optional()
    .meta({ description: "user or user:group." }),
  hostname: domain("host name", z.string().max(63), notContainerHost)
    .optional()
    .meta({ description: "Host name in the container. Default: Docker's choice." }),
  workingDirectory: AbsolutePath.optional(),
  capabilities: z
    .strictObject({
      add: z.array(Capability).default([]).meta({ description: "Rights beyond Docker's usual ones. Default none." }),
      drop: z.array(Capability).default([]).meta({ description: "Rights taken away; ALL is possible. Default none." }),
    })
    .prefault({})
    .meta({ description: "Rights such as NET_ADMIN, without CAP_." }),
  privileged: z.boolean().default(false).meta({ description: "All rights and devices of the host. Default false." }),
  readOnlyRoot: z.boolean().default(false).meta({ description: "Root file system read-only. Default false." }),
  noNewPrivileges: z
    .boolean()
    .default(false)
    .meta({ description: "No gain of rights by setuid programs. Default false." }),
  devices: domain(
    "devices",
    z.array(
      z.strictObject({
        host: AbsolutePath,
        container: AbsolutePath,
        permissions: domain(
          "permissions of a device",
          z.string().regex(/^[rwm]{1,3}$/, "letters of rwm"),
          notDevicePermissions,
        )
          .default("rwm")
          .meta({ description: "Read, write, mknod. Default rwm." }),
      }),
    ),
    repeatedIn("container"),
  )
    .default([])
    .meta({ description: "Devices of the host. Default none." }),
  ulimits: domain("limits", z.array(Ulimit), repeatedIn("name"))
    .default([])
    .meta({ description: "Resource limits of its processes. Default none." }),
  sysctls: domain(
    "sysctls",
    z.record(
      domain("name of a sysctl", z.string(), all(foreignName, notSysctl)),
      domain("value of a sysctl", z.string(), notOneLine),
    ),
    wrongSysctlValue,
  )
    .default({})
    .meta({ description: "Kernel parameters of its namespaces. Default none." }),
  resources: Resources.prefault({}),
  labels: z
    .record(
      domain(
        "label",
        z.string().regex(/^(?!flexkube\.)[a-zA-Z0-9./_-]{1,200}$/, "a label not starting with flexkube."),
        foreignName,
      ),
      domain("value of a label", z.string(), illFormed),
    )
    .default({})
    .meta({ description: "Labels of the container, besides flexkube's own. Default none." }),
  log: LogConfig.prefault({}),
  stopSignal: Signal.optional(),
  stopTimeout: StopTimeout.default("10s").meta({ description: "Default 10s." }),
  restart: RestartPolicy.default("unless-stopped").meta({ description: "Default unless-stopped." }),
  probe: Probe.prefault({}),
  check: z.array(Argument).optional().meta({
    description:
      "Arguments of a one-shot of the same image and entrypoint that must exit 0 before changed live files come into force; {files} is where they are.",
  }),
  dependsOn: z.array(Name).default([]).meta({ description: "Names of containers that must be healthy first." }),
});
export type ContainerConfig = z.infer<typeof ContainerConfig>;

/** A path below a container's own directory on the host. */
function notShortParts(path: string): Fault | undefined {
  if (path.length > 1024) return { problem: "a relative path has at most 1024 characters" };
  return path.split("/").some((part) => part.length > 255)
    ? { problem: "a part of the path is longer than 255 bytes" }
    : undefined;
}

function notContainerHost(text: string): Fault | undefined {
  return /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(text) && !text.includes("..")
    ? undefined
    : { problem: `${JSON.stringify(text)} is no host name`, hint: "letters, digits, inner dashes and dots" };
}
