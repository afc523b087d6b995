// Which directories `reset --data` may remove with all that is in them.

/** Directories of the system itself that hold more than one program's data. */
const shared = new Set([
  "/etc/kubernetes",
  "/usr/bin",
  "/usr/lib",
  "/usr/local",
  "/usr/sbin",
  "/usr/share",
  "/var/cache",
  "/var/lib",
  "/var/lib/docker",
  "/var/lib/containerd",
  "/var/log",
  "/var/run",
  "/var/spool",
  "/var/tmp",
]);

/** True for a path at least two levels deep that is not one of the system's own. */
export function isDataDirectory(path: string): boolean {
  return path.split("/").length > 2 && !shared.has(path) && !/^\/(proc|sys|dev|run|boot|usr)\//.test(path);
}
