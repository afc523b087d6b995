// Address and port as URLs, HAProxy and claims write them.

/** `10.0.0.1:2379` or `[fd00::1]:2379`. */
export function socketAddress(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** A host port as a container claims it: `tcp/10.0.0.1:2379`. */
export function claim(address: string, port: number, protocol: "tcp" | "udp" | "sctp" = "tcp"): string {
  return `${protocol}/${socketAddress(address, port)}`;
}

/** Where a server that listens on `address` is reached from its own host. */
export function localAddress(address: string): string {
  if (address === "0.0.0.0") return "127.0.0.1";
  return address === "::" ? "::1" : address;
}
