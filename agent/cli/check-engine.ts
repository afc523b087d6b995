// What must be true of the engine before anything is done.
import type { Log } from "#agent/log/round-log.ts";
import type { Engine, EngineInfo } from "#agent/engine/engine.ts";
import { FlexkubeError, isFlexkubeError } from "#shared/errors.ts";

/** It has an update of containers that run, which 4.3 has not; no version between was tried. */
const oldestPodman = 5;

/**
 * Asks until the engine has answered once, and then no more. Throws ENGINE_UNSUPPORTED for a rootless engine, for remapped user ids, for
 * Podman before 5 and for Podman where the host's `/` is not mounted (`seesHost` is false). An engine that does not answer yet is only told of: whatever comes next finds that out too.
 */
export function createPreflight(
  engine: Pick<Engine, "info">,
  { log, seesHost }: { readonly log: Log; readonly seesHost: boolean },
): () => Promise<void> {
  let isDone = false;
  return async () => {
    if (isDone) return;
    isDone = await preflight(engine, { log, seesHost });
  };
}

/** Whether the engine answered. */
async function preflight(
  engine: Pick<Engine, "info">,
  { log, seesHost }: { readonly log: Log; readonly seesHost: boolean },
): Promise<boolean> {
  try {
    const info = await engine.info();
    log.info(
      {
        engine: `${info.engine} ${info.version}`,
        api: info.apiVersion,
        cgroup: info.cgroupVersion,
        driver: info.cgroupDriver,
      },
      "engine found",
    );
    refuseUnfit(info, seesHost);
    return true;
  } catch (error) {
    if (!isFlexkubeError(error) || error.code === "ENGINE_UNSUPPORTED") throw error;
    log.warn({ err: error, details: error.details }, "the engine does not answer yet");
    return false;
  }
}

/** Throws ENGINE_UNSUPPORTED with what to do. */
function refuseUnfit({ engine, version, securityOptions }: EngineInfo, seesHost: boolean): void {
  if (securityOptions.some((option) => /^name=userns(,|$)/.test(option)))
    throw new FlexkubeError("ENGINE_UNSUPPORTED", "an engine that remaps user ids cannot write a host's files", {
      reason:
        "userns-remap is set: files would belong to other users than those asked for; take userns-remap out of /etc/docker/daemon.json, or --userns-remap from dockerd's arguments, and restart dockerd",
    });
  if (securityOptions.some((option) => option.startsWith("name=rootless")))
    throw new FlexkubeError("ENGINE_UNSUPPORTED", "a rootless engine cannot run a host's components", {
      reason:
        engine === "podman"
          ? "use the system's Podman: its socket is /run/podman/podman.sock, by systemctl enable --now podman.socket"
          : "use the system's Docker daemon",
    });
  if (engine === "docker") return;
  if (Number.parseInt(version, 10) < oldestPodman)
    throw new FlexkubeError("ENGINE_UNSUPPORTED", "this Podman cannot change limits of what runs", {
      reason: `Podman ${version} is older than ${oldestPodman}.0: install ${oldestPodman}.0 or newer, which Debian 13 has, or Docker`,
    });
  if (!seesHost)
    throw new FlexkubeError("ENGINE_UNSUPPORTED", "on Podman the agent needs to see the host's files", {
      reason:
        "Podman tells no owner of a file and makes what a mount lacks: mount the host's / into the agent's container, --mount type=bind,source=/,target=/host,readonly,bind-propagation=rslave",
    });
}
