// Looks ten times a second which hosts answer, from the operator's place: what is down at the same time shows. Samplers resolve when they
// look.
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { eventually } from "./eventually.ts";
import type { Lab } from "./lab.ts";

export type Sampler = {
  /** One sample a look: a digit a host in the order of the lab, `101` is the second one down; where several are, why: `001 silent EOF`. */
  readonly stop: () => Promise<readonly string[]>;
};

const program = fileURLToPath(new URL("sample-answers-program.ts", import.meta.url));

/** Hosts whose TCP port accepts connections. */
export async function samplePort(lab: Lab, port: number): Promise<Sampler> {
  return startSampler(
    lab,
    lab.hosts.map(({ ip }) => `tcp://${ip}:${port}`),
  );
}

/**
 * Hosts whose API server is ready and says so, by certificates of this authority (a file). etcd's checks are left out: they tell of
 * other hosts, and a change of etcd's leader would look like all API servers down. All hosts of the lab unless told.
 */
export async function sampleApiServers(lab: Lab, ca: string, hosts = lab.hosts): Promise<Sampler> {
  const path = "/readyz?exclude=etcd&exclude=etcd-readiness";
  return startSampler(
    lab,
    hosts.map(({ ip }) => `https://${ip}:6443${path}`),
    { NODE_EXTRA_CA_CERTS: ca },
  );
}

/** Samples in which more than one host is down. */
export function severalDown(samples: readonly string[]): readonly string[] {
  return [...new Set(samples)].filter((sample) => /^1*01*0/.test(sample));
}

async function startSampler(
  lab: Lab,
  targets: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Sampler> {
  const directory = await mkdtemp(join(tmpdir(), "flexkube-sampler-"));
  const stopFile = join(directory, "stop");
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const running = lab.net("env", ...variables, execPath, program, stopFile, ...targets);
  // a program that takes its time to start would miss the first that goes down
  await Promise.race([running, eventually(() => existsSync(`${stopFile}.begun`), { what: "the sampler looks" })]);
  return {
    stop: async () => {
      await writeFile(stopFile, "");
      const samples = (await running).trim().split("\n");
      await rm(directory, { recursive: true });
      return samples;
    },
  };
}
