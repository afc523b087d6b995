// One lab host with this example on it: its config is changed by path, an agent applies it, and what became of what is told.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { inspectAll } from "#lab/ask-docker.ts";
import { changedYaml } from "#lab/changed-yaml.ts";
import type { YamlChange } from "#lab/changed-yaml.ts";
import { createCluster } from "#lab/cluster.ts";
import { eventually } from "#lab/eventually.ts";
import { filesBelow, ownerText } from "#lab/files-below.ts";
import type { FoundPath } from "#lab/files-below.ts";
import type { LabHost } from "#lab/host.ts";
import { agentImage } from "#lab/images.ts";
import { startClusterLab } from "#lab/cluster-lab.ts";
import { runAgentOutside } from "#lab/outside-agent.ts";

/** What is there by name: a container with what its effects show, or a file with all that can be wrong with it. */
export type Seen = {
  readonly containers: ReadonlyMap<string, SeenContainer>;
  readonly files: ReadonlyMap<string, SeenFile>;
};
type SeenContainer = {
  readonly id: string;
  readonly startedAt: string;
  readonly state: string;
  /** Restart policy and limits. */
  readonly updatable: string;
  /** How often it has been told by a signal that files are new. */
  readonly signals: number;
};
type SeenFile = {
  /** Mode, owner and content. */
  readonly looks: string;
  /** Another file in its place has another one. */
  readonly inode: string;
};

export type Applied = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

export type ChangingHost = {
  readonly host: LabHost;
  /** Puts the example with these changes into force and makes sure that nothing is left to do. */
  readonly bring: (change: YamlChange) => Promise<void>;
  /** Puts the example itself into force again; more to do would be seen as an effect of what comes next. */
  readonly goBack: () => Promise<void>;
  /** Makes the host config of the example with these changes. */
  readonly give: (change: YamlChange) => Promise<void>;
  /** One `flexkube-agent plan` with it. */
  readonly plan: () => Promise<Applied>;
  /** One `flexkube-agent apply` with it. */
  readonly apply: () => Promise<Applied>;
  readonly seen: () => Promise<Seen>;
  /** Forgets a certificate of the PKI; the next split issues another one. */
  readonly forgetCertificate: (id: string) => Promise<void>;
  readonly remove: () => Promise<void>;
};

/** Bases of lab hosts (examples/lab/base) by their engine. */
export const engines = { oldest: "stable", newest: "sid" } as const;

/** Second names of the images, for changes of an image. */
export const otherImages = {
  etcd: "quay.io/coreos/etcd:v3.5.17",
  haproxy: "haproxy:2.6.13",
  busybox: "busybox:other",
} as const;

const places = ["/etc/kubernetes", "/etc/restarting.conf"];

/** On a host of this base (examples/lab/base). */
export async function startChangingHost(base: string): Promise<ChangingHost> {
  const lab = await startClusterLab({ h1: base });
  const host = lab.host("h1");
  const cluster = await createCluster(lab, "changes");
  const state = await mkdtemp(join(tmpdir(), "flexkube-state-"));
  const original = await readFile(join(cluster.directory, "cluster.yaml"), "utf8");
  const { etcd, haproxy } = imagesIn(original);
  await host.docker("tag", etcd, otherImages.etcd);
  await host.docker("tag", haproxy, otherImages.haproxy);
  await host.docker("tag", "busybox:lab", otherImages.busybox);
  const { reference: image } = await agentImage();
  const config = join(cluster.directory, "hosts", "h1.yaml");
  const agent = async (command: string): Promise<Applied> =>
    runAgentOutside(host, { image, args: [command], state, config });
  const give = async (change: YamlChange): Promise<void> => {
    await cluster.edit(() => changedYaml(original, change));
    await cluster.planner("split");
  };
  const applied = async (): Promise<string> => {
    const since = new Date().toISOString();
    const { exitCode, stdout, stderr } = await agent("apply");
    assert.equal(exitCode, 0, `${stdout}${stderr}`);
    // who is told by a signal says so in its own time, which must not be that of the next change
    for (const [, name = ""] of stdout.matchAll(/^signal (\S+) /gm))
      await eventually(async () => (await signalsTo(host, name, "--since", since)) > 0, { what: `${name} is told` });
    return stdout;
  };
  return {
    host,
    bring: async (change) => {
      await give(change);
      await applied();
      assert.equal(await applied(), "nothing to do\n");
    },
    goBack: async () => {
      await give({});
      await applied();
    },
    give,
    plan: async () => agent("plan"),
    apply: async () => agent("apply"),
    seen: async () => seenOn(host),
    forgetCertificate: async (id) => rm(join(cluster.directory, "pki", `${id}.crt`)),
    remove: async () => {
      await lab.down();
      await cluster.remove();
      await rm(state, { recursive: true, force: true });
    },
  };
}

function imagesIn(text: string): { readonly etcd: string; readonly haproxy: string } {
  // the example's own words
  return (parse(text) as { readonly images: { readonly etcd: string; readonly haproxy: string } }).images;
}

/** What happened to which container and which file, in words; sealed directories are part of their container. */
export function effects(before: Seen, after: Seen): readonly string[] {
  const containers = [...before.containers].flatMap(([name, was]) => {
    const act = actOn(was, after.containers.get(name));
    return act === undefined ? [] : [`${name} ${act}`];
  });
  const paths = [...new Set([...before.files.keys(), ...after.files.keys()])].filter((path) => !isSealed(path));
  const files = paths.flatMap((path) => {
    const [was, is] = [before.files.get(path), after.files.get(path)];
    if (is === undefined) return [`remove ${path}`];
    return was?.looks === is.looks && was.inode === is.inode ? [] : [`write ${path}`];
  });
  const added = [...after.containers.keys()].filter((name) => !before.containers.has(name));
  return [...containers, ...files, ...added.map((name) => `${name} is added`)].toSorted();
}

function actOn(was: SeenContainer, is: SeenContainer | undefined): string | undefined {
  if (is === undefined) return "is removed";
  if (is.id !== was.id) return "is replaced";
  if (is.startedAt !== was.startedAt) return "is restarted";
  if (is.signals > was.signals) return `is signalled`;
  return is.updatable === was.updatable ? undefined : "is updated";
}

function isSealed(path: string): boolean {
  return /\/[0-9a-f]{32}\//.test(path);
}

async function seenOn(host: LabHost): Promise<Seen> {
  const root = `/proc/${await host.pid()}/root`;
  const files = await Promise.all(places.map(async (place) => filesBelow(root, place)));
  const found = files.flat().filter(({ stats }) => !stats.isDirectory());
  return { containers: new Map(await containersOn(host)), files: new Map(found.map(seenFile)) };
}

type Inspected = {
  readonly Id: string;
  readonly Name: string;
  readonly State: { readonly Status: string; readonly StartedAt: string };
  readonly HostConfig: Readonly<Record<string, unknown>>;
};

async function containersOn(host: LabHost): Promise<readonly (readonly [string, SeenContainer])[]> {
  return Promise.all(
    (await inspectAll<Inspected>(host)).map(async ({ Id: id, Name, State, HostConfig }) => {
      const { RestartPolicy, NanoCpus, Memory, PidsLimit } = HostConfig;
      return [
        Name.slice(1),
        {
          id,
          startedAt: State.StartedAt,
          state: State.Status,
          updatable: JSON.stringify([RestartPolicy, NanoCpus, Memory, PidsLimit]),
          signals: await signalsTo(host, id),
        },
      ] as const;
    }),
  );
}

/** By what it has written; `words` are for `docker logs`. */
async function signalsTo(host: LabHost, container: string, ...words: readonly string[]): Promise<number> {
  const { stdout, stderr } = await host.tryDocker(["logs", ...words, container]);
  return (stdout + stderr).match(/^got USR1$|New worker/gm)?.length ?? 0;
}

function seenFile({ path, stats, digest = "special" }: FoundPath): readonly [string, SeenFile] {
  return [path, { looks: `${ownerText(stats)} ${digest}`, inode: `${stats.ino} ${stats.mtimeMs}` }];
}
