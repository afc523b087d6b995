// What must be true of the engine before anything is done.
import type { Logger } from "pino";
import type { Engine } from "#agent/engine/engine.ts";
import { FlexkubeError, isFlexkubeError } from "#shared/errors.ts";

/**
 * Asks until the engine has answered once, and then no more. Throws ENGINE_UNSUPPORTED for rootless Docker and for remapped
 * user ids. An engine that does not answer yet is told once: whatever comes next finds that out too.
 */
export function createPreflight(engine: Pick<Engine, "info">, log: Logger): () => Promise<void> {
  let isDone = false;
  let isTold = false;
  return async () => {
    if (isDone) return;
    isDone = await preflight(engine, log, isTold);
    isTold = true;
  };
}

/** Whether the engine answered. */
async function preflight(engine: Pick<Engine, "info">, log: Logger, isTold: boolean): Promise<boolean> {
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
    return true;
  } catch (error) {
    if (!isFlexkubeError(error) || error.code === "ENGINE_UNSUPPORTED") throw error;
    if (!isTold) log.warn({ err: error, details: error.details }, "the engine does not answer yet");
    return false;
  }
}
