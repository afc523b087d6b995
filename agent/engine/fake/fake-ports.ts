// One holder per published host port, as Docker has it. Programs on the host network are not asked.
import { engineRefused } from "#agent/engine/errors.ts";
import type { FakeContainer } from "./fake-container.ts";

/** Throws ENGINE_REFUSED when another running container has one of the container's ports. */
export function refuseTakenPorts(container: FakeContainer, all: readonly FakeContainer[]): void {
  const taken = all.filter((other) => other !== container && other.state === "running").flatMap(publishedPorts);
  for (const port of publishedPorts(container))
    if (taken.some((other) => other.key === port.key && overlap(other.address, port.address)))
      throw engineRefused("start", { status: 500, reason: `Bind for ${port.key} failed: port is already allocated` });
}

function publishedPorts(container: FakeContainer): readonly { readonly key: string; readonly address: string }[] {
  const { ports, networkMode } = container.request.spec;
  if (networkMode === "host" || networkMode === "none") return [];
  return ports.map((port) => ({ key: `${port.protocol}/${port.hostPort}`, address: port.address }));
}

function overlap(a: string, b: string): boolean {
  return a === b || [a, b].some((address) => address === "0.0.0.0" || address === "::");
}
