// The container that mends a host: privileged, on the host's network so that its network parameters are the host's.
import { hostMount } from "#agent/files/config-container.ts";
import type { ContainerSpec } from "#shared/state/desired.ts";
import { bareSpec } from "#shared/state/bare-spec.ts";

/** Its spec; `mends` are the arguments of the `mend` command. */
export function mendSpec(selfImage: string, mends: readonly string[]): ContainerSpec {
  return bareSpec({
    image: selfImage,
    entrypoint: ["/flexkube-agent"],
    args: ["mend", ...mends],
    user: "0:0",
    networkMode: "host",
    privileged: true,
    capDrop: [],
    securityOptions: ["label=disable"],
    mounts: [{ source: "/", target: hostMount, readOnly: false, propagation: "rslave" }],
    usernsMode: "host",
  });
}
