// Networks and addresses in the spelling that the kernel gives back.

const bitsOf = { 4: 32, 6: 128 } as const;

/** `10.244.1.0/24` for `10.244.1.7/24`; IPv6 in lower case with the longest run of zeros as `::`. */
export function networkText(cidr: string): string {
  const [address = "", length = ""] = cidr.split("/");
  const family = address.includes(":") ? 6 : 4;
  const hostBits = BigInt(bitsOf[family] - Number(length));
  const number = family === 4 ? numberOfIpv4(address) : numberOfIpv6(addressText(address));
  const base = (number >> hostBits) << hostBits;
  return `${family === 4 ? ipv4Text(base) : ipv6Text(base)}/${length}`;
}

/** The address in its usual spelling. */
export function addressText(address: string): string {
  // the URL parser knows that spelling
  return address.includes(":") ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}

function numberOfIpv4(address: string): bigint {
  return address.split(".").reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
}

function ipv4Text(number: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((number >> shift) & 0xffn)).join(".");
}

function numberOfIpv6(address: string): bigint {
  const [head = "", tail] = address.split("::");
  const before = groupsOf(head);
  const after = groupsOf(tail ?? "");
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array.from({ length: zeros }, () => "0"), ...after];
  return groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

function groupsOf(text: string): readonly string[] {
  return text === "" ? [] : text.split(":");
}

function ipv6Text(number: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) => ((number >> BigInt(112 - 16 * index)) & 0xffffn).toString(16));
  return addressText(groups.join(":"));
}
