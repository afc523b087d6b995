// What only a host's merged config shows: directories that two components would share, log options against their driver, kernel
// parameters against the namespaces they belong to. The agent takes more, for an older planner may have written it.
import type { MapsWith, SectionsWith } from "#shared/components/component.ts";
import { partsAt } from "#shared/components/component.ts";
import type { Finding } from "#shared/document/finding.ts";
import type { Path } from "#shared/document/path.ts";
import { formatPath } from "#shared/document/path.ts";
import type { LogConfig } from "#shared/schema/words/container.ts";
import { nearest } from "#shared/nearest.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { isWithin } from "#shared/schema/types/host-directory.ts";
import { isOwnDriver, wrongLogOption } from "#shared/schema/types/log-options.ts";

export type MergedFindings = { readonly problems: readonly Finding[]; readonly warnings: readonly Finding[] };

/** Paths are those of the host config. */
export function checkMerged(config: HostConfig): MergedFindings {
  const logs = logsOf(config);
  return {
    problems: [
      ...checkDirectories(config),
      ...logs.flatMap(({ path, log }) => checkLog(path, log)),
      ...checkNamespaces(config),
      ...networkSlips(config).flatMap(({ finding, isMode }) => (isMode ? [finding] : [])),
    ],
    warnings: [
      ...logs.flatMap(({ path, log }) => unknownDriver(path, log)),
      ...networkSlips(config).flatMap(({ finding, isMode }) => (isMode ? [] : [finding])),
      ...directoriesOf(config).flatMap(topLevel),
    ],
  };
}

type Directory = {
  readonly path: Path;
  readonly directory: string;
  readonly holds: string;
  /** A container may make it too, such as one that carries away what is there. */
  readonly isForContainers?: true;
};

/** Directories that are one component's alone. */
function directoriesOf({ etcd, kubelet, kubeApiserver, podNetwork }: HostConfig): readonly Directory[] {
  const all: readonly (readonly [Path, string | undefined, string])[] = [
    [["etcd", "dataDirectory"], etcd?.dataDirectory, "etcd's data"],
    [["kubelet", "dataDirectory"], kubelet?.dataDirectory, "the kubelet's data"],
    [["kubeApiserver", "auditLogDirectory"], kubeApiserver?.auditLogDirectory, "the audit log"],
    [["podNetwork", "binDirectory"], podNetwork?.binDirectory, "CNI plug-ins"],
  ];
  return all.flatMap(([path, directory, holds]) => (directory === undefined ? [] : [{ path, directory, holds }]));
}

function checkDirectories(config: HostConfig): readonly Finding[] {
  const directories = directoriesOf(config);
  const made = Object.entries(config.containers).flatMap(([name, { mounts }]) =>
    mounts.flatMap(({ source, create }, index): readonly Directory[] =>
      create === undefined
        ? []
        : [{ path: ["containers", name, "mounts", index, "source"], directory: source, holds: `data of ${name}` }],
    ),
  );
  const images = config.agent.imageDirectory;
  const backups = config.etcd?.backup?.directory;
  const others: readonly Directory[] = [
    ...directories,
    ...(backups === undefined
      ? []
      : [
          {
            path: ["etcd", "backup", "directory"],
            directory: backups,
            holds: "backups of etcd",
            isForContainers: true,
          } as const,
        ]),
    ...(images === undefined
      ? []
      : [{ path: ["agent", "imageDirectory"], directory: images, holds: "image archives" }]),
  ];
  return [...others, ...made].flatMap((each, index) => {
    const isMade = index >= others.length;
    const other = others.find(
      ({ directory, isForContainers }, at) =>
        at < index && touch(directory, each.directory) && !(isMade && isForContainers === true),
    );
    return other === undefined
      ? []
      : [
          {
            path: each.path,
            problem: `${each.directory} ${relation(each.directory, other.directory)} ${other.directory}, which holds ${other.holds} (${formatPath(other.path)})`,
            hint: "give each a directory of its own",
          },
        ];
  });
}

function touch(a: string, b: string): boolean {
  return isWithin(a, b) || isWithin(b, a);
}

function relation(path: string, other: string): string {
  if (path === other) return "is";
  return isWithin(path, other) ? "lies in" : "holds";
}

/** A mount point such as /data: `reset --data` leaves it. */
function topLevel({ path, directory }: Directory): readonly Finding[] {
  if (directory.split("/").length > 2) return [];
  return [
    {
      path,
      problem: `${directory} is at the top of the file system: reset --data leaves it`,
      hint: `use a directory below it, such as ${directory}/etcd`,
    },
  ];
}

type Logged = { readonly log: LogConfig };
type Logging = Logged & { readonly path: Path };

function logsOf(config: HostConfig): readonly Logging[] {
  const { etcd, kubeApiserver, kubeControllerManager, kubeScheduler, podNetwork, kubelet, kubeProxy } = config;
  const sections: { readonly [Name in SectionsWith<"log">]: Logged | undefined } = {
    etcd,
    kubeApiserver,
    kubeControllerManager,
    kubeScheduler,
    podNetwork,
    kubelet,
    kubeProxy,
  };
  const { apiLoadBalancers, containers } = config;
  const maps: { readonly [Name in MapsWith<"log">]: Readonly<Record<string, Logged>> } = {
    apiLoadBalancers,
    containers,
  };
  return partsAt(sections, maps).map(({ path, part: { log } }) => ({ path: [...path, "log"], log }));
}

function checkLog(path: Path, { driver, options }: LogConfig): readonly Finding[] {
  const fault = wrongLogOption(driver, options);
  return fault === undefined
    ? []
    : [{ path: [...path, "options", ...(fault.at ?? [])], problem: fault.problem, hint: fault.hint }];
}

function unknownDriver(path: Path, { driver }: LogConfig): readonly Finding[] {
  if (isOwnDriver(driver)) return [];
  return [
    {
      path: [...path, "driver"],
      problem: `${driver} is none of Docker's own log drivers`,
      hint: "the plug-in must be on every host, and its options are not checked",
    },
  ];
}

/**
 * Any other word is a network of Docker's that somebody must have made. `isMode`: letters alone are a mode misspelt; what has more, such as
 * bridge1, may be a network's name.
 */
function networkSlips(config: HostConfig): readonly { readonly finding: Finding; readonly isMode: boolean }[] {
  return Object.entries(config.containers).flatMap(([name, { networkMode }]) => {
    const near = nearest(networkMode, networkModes);
    if (near === undefined || near === networkMode) return [];
    const isMode = /^[a-z]+$/i.test(networkMode);
    const problem = isMode
      ? `there is no network mode ${networkMode}, and as the name of a network it is too like one`
      : `${networkMode} is taken for a network that is on the host`;
    const finding = { path: ["containers", name, "networkMode"], problem, hint: `did you mean ${near}?` };
    return [{ finding, isMode }];
  });
}

const networkModes: readonly string[] = ["host", "bridge", "none"];

/** Docker makes no container that sets what belongs to the host. */
function checkNamespaces(config: HostConfig): readonly Finding[] {
  return Object.entries(config.containers).flatMap(([name, { networkMode, ipcMode, sysctls }]) =>
    Object.keys(sysctls).flatMap((key): readonly Finding[] => {
      const isHosts = key.startsWith("net.") ? networkMode === "host" : ipcMode === "host";
      return isHosts
        ? [
            {
              path: ["containers", name, "sysctls", key],
              at: "key",
              problem: `${key} belongs to the host, whose ${key.startsWith("net.") ? "network" : "IPC"} namespace the container has`,
              hint: "set it on the host",
            },
          ]
        : [];
    }),
  );
}
