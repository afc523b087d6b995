// A bench host with one member of etcd that has much data, kept by its agent.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { runCommand } from "#lab/run-command.ts";
import type { BenchHost } from "./bench-host.ts";

/** What the program beside does. */
export type EtcdLoad = {
  readonly url: string;
  /** Files of this machine. */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
  /** Bytes of the database that are there before the load; 0: as it is. */
  readonly fillTo: number;
  /** Requests a second, for so long at least, and until the file is there. */
  readonly perSecond: number;
  readonly seconds: number;
  readonly stopFile: string;
};

export type EtcdHost = {
  /** Text of the host config as it is split now. */
  readonly hostConfig: () => Promise<string>;
  /** Runs the planner there; `split` begins it. */
  readonly planner: (...args: readonly string[]) => Promise<string>;
  /** Milliseconds of each request, while something is done. */
  readonly load: (
    load: Pick<EtcdLoad, "fillTo" | "perSecond" | "seconds">,
    act: () => Promise<void>,
  ) => Promise<readonly number[]>;
  readonly remove: () => Promise<void>;
};

const project = fileURLToPath(new URL("../../", import.meta.url));
const program = fileURLToPath(new URL("etcd-load-program.ts", import.meta.url));

/** Where the agent keeps backups on the host. */
export const backups = "/var/lib/flexkube-backup";

/** No turn of the loop's own falls into the time that is measured, but for the first, when there is no backup. */
export async function createEtcdHost({ lab }: Pick<BenchHost, "lab">, image: string): Promise<EtcdHost> {
  const directory = await mkdtemp(join(tmpdir(), "flexkube-bench-"));
  const cluster = `apiVersion: flexkube/v1alpha1
kind: Cluster
name: bench
hosts: { ${lab.name}: { address: ${lab.ip} } }
images: { etcd: "${image}" }
etcd: { hosts: all, backup: { every: 168h, keep: 2 } }
`;
  await writeFile(join(directory, "cluster.yaml"), cluster);
  const planner = async (...args: readonly string[]): Promise<string> =>
    runCommand(["env", "-C", directory, execPath, join(project, "planner/main.ts"), ...args]);
  const pki = (name: string): string => join(directory, "pki/etcd", name);
  return {
    hostConfig: async () => readFile(join(directory, "hosts", `${lab.name}.yaml`), "utf8"),
    planner,
    load: async (wanted, act) => {
      const stopFile = join(directory, "stop");
      await rm(stopFile, { force: true });
      const load: EtcdLoad = {
        ...wanted,
        stopFile,
        url: `https://${lab.ip}:2379`,
        ca: pki("ca.crt"),
        certificate: pki(`${lab.name}-server.crt`),
        key: pki(`${lab.name}-server.key`),
      };
      const [told] = await Promise.all([
        lab.inNetwork([execPath, program, JSON.stringify(load)]),
        untilStopped(stopFile, act),
      ]);
      // a list of numbers, by the program beside
      return JSON.parse(told) as readonly number[];
    },
    remove: async () => rm(directory, { recursive: true, force: true }),
  };
}

async function untilStopped(stopFile: string, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } finally {
    await writeFile(stopFile, "");
  }
}
