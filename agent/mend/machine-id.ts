// What an id of a machine looks like in /etc/machine-id.

/** 32 hexadecimal digits on a line; systemd's word `uninitialized` is none. */
export function isMachineId(content: string): boolean {
  return /^[0-9a-f]{32}\n?$/.test(content);
}
