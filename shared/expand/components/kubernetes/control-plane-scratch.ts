// What the control plane's programs may write: their root is read-only.

/** A small /tmp in memory, as the official static pods have an empty one. */
export const scratch = { "/tmp": "rw,noexec,nosuid,nodev,size=64m,mode=1777" } as const;
