// The name servers of a resolv.conf, and whether pods reach them.

/** Addresses after `nameserver`, as resolv.conf(5) has them. */
export function nameServers(text: string): readonly string[] {
  return text.split("\n").flatMap((line) => /^nameserver[ \t]+([^ \t#;]+)/.exec(line)?.slice(1) ?? []);
}

/** True when it names a server, and each of them is on the host's own loopback. */
export function isLoopbackOnly(text: string): boolean {
  const servers = nameServers(text);
  return servers.length > 0 && servers.every(isLoopback);
}

function isLoopback(address: string): boolean {
  const plain = address.replace(/%.*$/, "").toLowerCase();
  const mapped = /^::ffff:([0-9.]+)$/.exec(plain)?.[1];
  return (mapped ?? plain).startsWith("127.") || /^(0{0,4}:){2,7}0{0,3}1$/.test(plain);
}
