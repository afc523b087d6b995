// What must be true of the engine before anything is done.
import type { Logger } from "pino";
import type { Engine } from "#agent/engine/engine.ts";
import { FlexkubeError, isFlexkubeError } from "#shared/errors.ts";

/** Throws ENGINE_UNSUPPORTED for rootless Docker and for remapped user ids; an engine that does not answer yet is left to the loop. */
export async function preflight(engine: Pick<Engine, "info">, log: Logger): Promise<void> {
  try {
    const info = await engine.info();
    log.info(
      { engine: info.version, api: info.apiVersion, cgroup: info.cgroupVersion, driver: info.cgroupDriver },
      "engine found",
    );
    if (info.securityOptions.some((option) => /^name=userns(,|$)/.test(option)))
      throw new FlexkubeError("ENGINE_UNSUPPORTED", "an engine that remaps user ids cannot write a host's files", {
        reason:
          "userns-remap is set: files would belong to other users than those asked for; take userns-remap out of /etc/docker/daemon.json, or --userns-remap from dockerd's arguments, and restart dockerd",
      });
    if (info.securityOptions.some((option) => option.startsWith("name=rootless")))
      throw new FlexkubeError("ENGINE_UNSUPPORTED", "rootless Docker cannot run a host's components", {
        reason: "use the system's Docker daemon",
      });
  } catch (error) {
    if (!isFlexkubeError(error) || error.code === "ENGINE_UNSUPPORTED") throw error;
    log.warn({ err: error, details: error.details }, "the engine does not answer yet");
  }
}
