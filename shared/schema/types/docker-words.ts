// Words that Docker knows for capabilities, limits, signals, log drivers, mount options and devices.
import type { Fault } from "./domain.ts";
import { suggestion } from "#shared/nearest.ts";
import { ownValue } from "#shared/own-value.ts";

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

const capabilities = words(`
  AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID
  IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW
  PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO
  SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM`);

export function notCapability(text: string): Fault | undefined {
  if (text === "ALL" || capabilities.includes(text)) return undefined;
  const bare = text.replace(/^CAP_/, "");
  return {
    problem: `${text} is no capability`,
    hint: capabilities.includes(bare) ? `write ${bare}` : suggestion(bare, capabilities),
  };
}

const ulimits = words(`
  core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack`);

export function notUlimit(text: string): Fault | undefined {
  return ulimits.includes(text) ? undefined : { problem: `${text} is no limit`, hint: suggestion(text, ulimits) };
}

const unlimited = -1;

/** A soft limit above the hard one. */
export function ulimitBeyond({ soft, hard }: { readonly soft: number; readonly hard: number }): Fault | undefined {
  const isBeyond = hard !== unlimited && (soft === unlimited || soft > hard);
  return isBeyond
    ? { problem: "the soft limit is above the hard one", hint: "make hard at least as large as soft", at: ["soft"] }
    : undefined;
}

const signals = words(`
  ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP TSTP TTIN TTOU
  URG USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN RTMAX`);

export function notSignal(text: string): Fault | undefined {
  const name = text.replace(/^SIG/, "");
  const [, offset = ""] = /^RTM(?:IN\+|AX-)([0-9]+)$/.exec(name) ?? [];
  if (
    signals.includes(name) ||
    (offset !== "" && Number(offset) >= 1 && Number(offset) <= (name.startsWith("RTMIN") ? 15 : 14))
  )
    return undefined;
  return { problem: `${text} is no signal`, hint: suggestion(name, signals) };
}

export function notDevicePermissions(text: string): Fault | undefined {
  return new Set(text).size === text.length ? undefined : { problem: `${text} says a permission twice` };
}

const tmpfsFlags = new Set(
  words(`
  async atime bind defaults dev diratime dirsync exec iversion lazytime loud mand noatime nodev nodiratime noexec noiversion
  nolazytime nomand norelatime nostrictatime nosuid private rbind relatime remount ro rprivate rshared rslave runbindable rw
  shared silent slave strictatime suid sync unbindable`),
);
const tmpfsValues: Readonly<Record<string, RegExp>> = {
  size: /^[0-9]+([kmgKMG]|%)?$/,
  mode: /^[0-7]{1,4}$/,
  uid: /^[0-9]{1,10}$/,
  gid: /^[0-9]{1,10}$/,
  nr_inodes: /^[0-9]+[kmgKMG]?$/,
  nr_blocks: /^[0-9]+[kmgKMG]?$/,
  mpol: /^[a-z0-9:=,-]+$/,
};

export function notTmpfsOptions(text: string): Fault | undefined {
  if (text === "") return undefined;
  for (const option of text.split(",")) {
    const [key = "", value] = option.split(/=(.*)/s);
    const pattern = ownValue(tmpfsValues, key);
    if (value === undefined ? tmpfsFlags.has(option) : pattern?.test(value) === true) continue;
    return value === undefined || pattern === undefined
      ? {
          problem: `${JSON.stringify(option)} is no option of tmpfs`,
          hint: suggestion(key, [...tmpfsFlags, ...Object.keys(tmpfsValues)]),
        }
      : { problem: `${JSON.stringify(value)} is no value of ${key}`, hint: key === "size" ? "such as 64m" : undefined };
  }
  return undefined;
}

/** A sysctl that belongs to a namespace of the container; Docker refuses all others. */
export function notSysctl(name: string): Fault | undefined {
  const ipc = words(`kernel.msgmax kernel.msgmnb kernel.msgmni kernel.sem kernel.shmall kernel.shmmax kernel.shmmni
    kernel.shm_rmid_forced`);
  if (ipc.includes(name) || /^(net|fs\.mqueue)(\.[A-Za-z0-9_-]+)+$/.test(name)) return undefined;
  return {
    problem: `${JSON.stringify(name)} is no sysctl of a container`,
    hint: /^[a-z]+(\/[a-z0-9_]+)+$/.test(name)
      ? "write dots instead of slashes"
      : (suggestion(name, ipc) ?? "a container has its own net.*, fs.mqueue.* and those of System V IPC"),
  };
}

const textSysctls = /(congestion_control|default_qdisc)$/;

/** A value that the kernel takes: numbers, but for the few that are names. */
export function wrongSysctlValue(values: Readonly<Record<string, string>>): Fault | undefined {
  for (const [name, value] of Object.entries(values)) {
    const isText = textSysctls.test(name);
    // a few take addresses or maps of bits
    const pattern = isText ? /^[a-z0-9_-]+( [a-z0-9_-]+)*$/ : /^(?=.*[0-9])[0-9a-fA-Fx:., \t-]{1,256}$/;
    if (!pattern.test(value))
      return {
        problem: `${JSON.stringify(value)} is no value of ${name}`,
        hint: isText ? "a name such as bbr" : "a number, or several with blanks between them",
        at: [name],
      };
  }
  return undefined;
}

export function notUser(text: string): Fault | undefined {
  const strange = text
    .split(":")
    .find((part) => part.startsWith("-") || part.length > 255 || Number(part) > 2_147_483_647);
  return strange === undefined
    ? undefined
    : {
        problem: `${JSON.stringify(strange.slice(0, 40))} is no user or group`,
        hint: "a name, or a number below 2147483648",
      };
}

/** A socket's path as it stands in a URL. */
export function notSocket(path: string): Fault | undefined {
  const strange = /[^A-Za-z0-9/._~!$&'()*+,;=:@-]/.exec(path)?.[0];
  if (strange !== undefined)
    return { problem: `${JSON.stringify(strange)} cannot stand in the path of a socket`, hint: "it becomes a URL" };
  return Buffer.byteLength(path) > 107 ? { problem: "a socket's path has at most 107 bytes" } : undefined;
}

export function notBridge(name: string): Fault | undefined {
  return name === "lo" || name.startsWith("docker") || /^br-[0-9a-f]{12}$/.test(name)
    ? { problem: `the interface ${name} is somebody else's`, hint: "use another name, such as cni0" }
    : undefined;
}
