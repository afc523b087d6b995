// Directories of a host by purpose: which may hold one component's data, and which the agent may remove with all that is in it.
import type { Fault } from "./domain.ts";

/** Directories that hold more than one program's data; below them may be a component's own. */
const shared = new Set([
  "/var/cache",
  "/var/lib",
  "/var/local",
  "/var/log",
  "/var/mail",
  "/var/opt",
  "/var/spool",
  "/var/tmp",
]);
/** Directories of the system, which nothing of ours lies below; with whose they are. */
const foreign: readonly (readonly [string, string])[] = [
  ...["/proc", "/sys", "/dev"].map((path) => [path, "is the kernel's"] as const),
  ...["/run", "/var/run", "/tmp", "/var/lock"].map((path) => [path, "is emptied when the host starts"] as const),
  ...["/boot", "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/lost+found"].map(
    (path) => [path, "is the operating system's"] as const,
  ),
  ["/etc", "is for configuration, and /etc/kubernetes the agent's"],
  ["/var/lib/flexkube", "is the agent's own"],
  ["/var/lib/docker", "is Docker's own"],
  ["/var/lib/containerd", "is containerd's own"],
  ...["/var/lib/apt", "/var/lib/dpkg", "/var/lib/rpm", "/var/lib/systemd", "/var/lib/cni"].map(
    (path) => [path, "is another program's"] as const,
  ),
];
/** The first level of every system: mount points and folders of people. */
const firstLevel = new Set(["/home", "/media", "/mnt", "/opt", "/root", "/snap", "/srv", "/var"]);

/** A directory that is one component's alone. */
export function notDataDirectory(path: string): Fault | undefined {
  const hint = "choose a directory of its own, such as one below /var/lib or /srv";
  const system = foreign.find(([place]) => path === place || path.startsWith(`${place}/`));
  if (system !== undefined) return { problem: `${system[0]} ${system[1]}`, hint };
  return firstLevel.has(path) || shared.has(path)
    ? { problem: `${path} holds more than one program's data`, hint }
    : undefined;
}

/** A directory in which plug-ins of CNI stand, beside those of others: some have the names of programs, such as bridge. */
export function notPluginDirectory(path: string): Fault | undefined {
  const hint = "such as /opt/cni/bin, where a runtime looks by default";
  if (/^(\/usr)?(\/local)?\/(s?bin|lib(exec|32|64|x32)?)$/.test(path))
    return { problem: `${path} holds the operating system's own programs`, hint };
  if (/^\/(usr|var\/lib\/cni)\//.test(path)) return undefined;
  const fault = notDataDirectory(path);
  return fault === undefined ? undefined : { problem: fault.problem, hint };
}

/** Whether `reset --data` may remove it: not a mount point at the first level either, whatever it is called. */
export function isRemovable(path: string): boolean {
  return path.split("/").length > 2 && notDataDirectory(path) === undefined;
}

/** Whether one path is the other, or lies below it. */
export function isWithin(path: string, directory: string): boolean {
  return directory === "/" || path === directory || path.startsWith(`${directory}/`);
}

/** A directory of the planner's own machine for keys: not the document's own, nor one above it. */
export function notOwnDirectory(path: string): Fault | undefined {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else parts.push(part);
  }
  if (parts.every((part) => part === ".."))
    return {
      problem: path.startsWith("/") ? "keys cannot lie in /" : "it is the directory of this document, or one above it",
      hint: "give the keys a directory of their own, such as pki",
    };
  return path.startsWith("/") && ["proc", "sys", "dev"].includes(parts[0] ?? "")
    ? { problem: `/${parts[0]} is the kernel's`, hint: "give the keys a directory of their own, such as pki" }
    : undefined;
}
