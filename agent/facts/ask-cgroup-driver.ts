// Asks a container runtime who manages its control groups: over CRI, so that it is what the running one does and not what a file says.
import { parsedJson } from "#shared/json-fields.ts";
import { callCri, type CriCall, grpcOk } from "./cri-call.ts";
import { bytesIn, protobufFields } from "./protobuf.ts";

/**
 * followed: it tells kubelets its driver by RuntimeConfig, and every supported kubelet takes it from there, whatever its own
 * configuration says (getCgroupDriverFromCRI of cmd/kubelet/app/server.go). cgroupfs, systemd: what it does, and kubelets do not
 * hear of it. unknown: it does not say.
 */
export type CgroupDriverAnswer = "followed" | "cgroupfs" | "systemd" | "unknown";

/** Never rejects but with the signal's reason. */
export async function askCgroupDriver(
  socketPath: string,
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
): Promise<CgroupDriverAnswer> {
  options.signal?.throwIfAborted();
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const limit = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
  const call = async (one: CriCall): Promise<Buffer> => {
    try {
      const { status, message } = await callCri(socketPath, one, limit);
      return status === grpcOk ? message : nothing;
    } catch {
      options.signal?.throwIfAborted();
      // whoever cannot be asked says nothing, and a kubelet will not reach it either
      return nothing;
    }
  };
  // RuntimeConfigResponse: field 1 is what is of Linux alone, where the driver systemd is the number that is left out
  const config = await call({ method: "RuntimeConfig", message: nothing });
  if (bytesIn(protobufFields(config) ?? [], 1) !== undefined) return "followed";
  return driverIn(await call({ method: "Status", message: verbose }));
}

const nothing = Buffer.alloc(0);

/** StatusRequest with `verbose`, field 1, on. */
const verbose = Buffer.from([8, 1]);

/** StatusResponse: field 2 is a map of texts, in which containerd has its CRI configuration as JSON under `config`. */
function driverIn(status: Buffer): CgroupDriverAnswer {
  for (const { number, value } of protobufFields(status) ?? []) {
    const entry = number === 2 && typeof value !== "number" ? protobufFields(value) : undefined;
    if (entry === undefined || bytesIn(entry, 1)?.toString("utf8") !== "config") continue;
    return driverOf(bytesIn(entry, 2)?.toString("utf8") ?? "");
  }
  return "unknown";
}

function driverOf(text: string): CgroupDriverAnswer {
  const containerd = at(parsedJson(text), ["containerd"]);
  const runtime = at(containerd, ["defaultRuntimeName"]);
  if (typeof runtime !== "string") return "unknown";
  const found = at(containerd, ["runtimes", runtime]);
  // another program than runc has options of its own
  if (!String(at(found, ["runtimeType"])).startsWith("io.containerd.runc.")) return "unknown";
  return at(found, ["options", "SystemdCgroup"]) === true ? "systemd" : "cgroupfs";
}

function at(value: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (found, key) =>
      typeof found === "object" && found !== null && Object.hasOwn(found, key)
        ? // an own key of what was parsed
          (found as Readonly<Record<string, unknown>>)[key]
        : undefined,
    value,
  );
}
