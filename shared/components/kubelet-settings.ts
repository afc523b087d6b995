// What a kubelet ends with: its document, the flags that win over it, and its own defaults. Whoever must know how a kubelet will
// behave asks here, and no field of its document.
import type { Path } from "#shared/document/path.ts";
import type { Kubelet } from "#shared/schema/kubernetes/kubelet.ts";
import { numberIn, textIn } from "./document-fields.ts";
import { fieldsOfFlags } from "./kubelet-flags.ts";

export type KubeletSettings = {
  readonly enableServer: boolean;
  readonly address: string;
  readonly port: number;
  /** 0: none. */
  readonly readOnlyPort: number;
  readonly healthzBindAddress: string;
  /** 0: its health is told nowhere. */
  readonly healthzPort: number;
  readonly failSwapOn: boolean;
  /** From 1.35 on; before, it did not fail of itself. */
  readonly failCgroupV1: boolean;
  readonly protectKernelDefaults: boolean;
  /** It asks the API for its serving certificate, which somebody must then approve. */
  readonly serverTLSBootstrap: boolean;
  /** The file that pods' name servers come from; empty: pods get none of the host's. */
  readonly resolvConf: string;
  /** Undefined where only the host knows it. */
  readonly cgroupDriver: "cgroupfs" | "systemd" | undefined;
};

type Said = Pick<Kubelet, "args" | "config">;

/** Defaults: SetDefaults_KubeletConfiguration of pkg/kubelet/apis/config/v1beta1. */
export function kubeletSettings({ args, config }: Said): KubeletSettings {
  const flags = [...fieldsOfFlags(args)].map(([field, { value }]) => [field, value] as const);
  const fields = { ...config, ...Object.fromEntries(flags) };
  const isOn = (field: string, otherwise: boolean): boolean =>
    typeof fields[field] === "boolean" ? fields[field] : otherwise;
  const { resolvConf, cgroupDriver } = fields;
  return {
    enableServer: isOn("enableServer", true),
    address: textIn(fields, "address") ?? "0.0.0.0",
    // 0 is the same as nothing said
    port: numberIn(fields, "port") || 10250,
    readOnlyPort: numberIn(fields, "readOnlyPort") ?? 0,
    healthzBindAddress: textIn(fields, "healthzBindAddress") ?? "127.0.0.1",
    healthzPort: numberIn(fields, "healthzPort") ?? 10248,
    failSwapOn: isOn("failSwapOn", true),
    failCgroupV1: isOn("failCgroupV1", true),
    protectKernelDefaults: isOn("protectKernelDefaults", false),
    serverTLSBootstrap: isOn("serverTLSBootstrap", false),
    resolvConf: typeof resolvConf === "string" ? resolvConf : "/etc/resolv.conf",
    cgroupDriver: cgroupDriver === "cgroupfs" || cgroupDriver === "systemd" ? cgroupDriver : undefined,
  };
}

/** Where it is said, from the section on: at the flag that wins, else in the document. */
export function kubeletSettingPath({ args }: Pick<Said, "args">, field: keyof KubeletSettings): Path {
  const flag = fieldsOfFlags(args).get(field)?.flag;
  return flag === undefined ? ["config", field] : ["args", flag];
}

/** Whether the config says it, whatever the host is like. */
export function saysKubeletSetting({ args, config }: Said, field: keyof KubeletSettings): boolean {
  return fieldsOfFlags(args).has(field) || config[field] !== undefined;
}
