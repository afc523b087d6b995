// What the hidden `mend` command is told: one argument for each thing that shall be put right on the host.

export type Mend =
  /** Kernel parameter `name` (with dots) gets `value`. */
  | { readonly what: "sysctl"; readonly name: string; readonly value: string }
  /** /etc/machine-id gets a fresh id where it has none. */
  | { readonly what: "machine-id" };

/** `sysctl:NAME=VALUE` or `machine-id`. */
export function mendArgument(mend: Mend): string {
  return mend.what === "sysctl" ? `sysctl:${mend.name}=${mend.value}` : mend.what;
}

/** The mend, or undefined for an argument that is none. */
export function parseMendArgument(argument: string): Mend | undefined {
  if (argument === "machine-id") return { what: argument };
  const match = /^sysctl:([a-z0-9_-]+(?:\.[a-zA-Z0-9_-]+)+)=([^\n]{1,200})$/.exec(argument);
  const [, name, value] = match ?? [];
  return name === undefined || value === undefined ? undefined : { what: "sysctl", name, value };
}

/** Where the kernel has a parameter, below /proc. */
export function sysctlPath(name: string): string {
  return `sys/${name.replaceAll(".", "/")}`;
}
