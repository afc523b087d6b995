// Looks ten times a second which hosts accept connections, from the operator's place: what is down at the same time shows.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Lab } from "./lab.ts";

export type PortSampler = {
  /** One sample a look: a digit a host in the order of the lab, `101` is the second one down. */
  readonly stop: () => Promise<readonly string[]>;
};

/** At this TCP port of every host of the lab, or of these hosts. A host must refuse or accept; one that is off would stop it. */
export async function samplePort(lab: Lab, port: number, hosts = lab.hosts): Promise<PortSampler> {
  const directory = await mkdtemp(join(tmpdir(), "flexkube-sampler-"));
  const stopFile = join(directory, "stop");
  const running = lab.net("bash", "-c", script, stopFile, String(port), ...hosts.map(({ ip }) => ip));
  return {
    stop: async () => {
      await writeFile(stopFile, "");
      const samples = (await running).trim().split("\n");
      await rm(directory, { recursive: true });
      return samples;
    },
  };
}

/** Samples in which more than one host is down. */
export function severalDown(samples: readonly string[]): readonly string[] {
  return [...new Set(samples)].filter((sample) => sample.split("0").length > 2);
}

const script = `
port=$1
shift
while [ ! -e "$0" ]; do
  seen=
  for ip in "$@"; do
    if (exec 3<>"/dev/tcp/$ip/$port") 2>/dev/null; then seen+=1; else seen+=0; fi
  done
  echo "$seen"
  sleep 0.1
done`;
