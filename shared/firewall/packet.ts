// The packet that is asked about: the first of a connection which another host opens to this one.

export type Packet = {
  readonly protocol: "tcp" | "udp";
  /** Where it goes, an address of the host. */
  readonly address: string;
  readonly port: number;
  /** Where it comes in, never the loopback; undefined when nobody knows. */
  readonly interface?: string | undefined;
};

/** Undefined: it cannot be told. */
export type Certainty = boolean | undefined;

export function allOf(parts: readonly Certainty[]): Certainty {
  if (parts.includes(false)) return false;
  return parts.includes(undefined) ? undefined : true;
}

export function anyOf(parts: readonly Certainty[]): Certainty {
  if (parts.includes(true)) return true;
  return parts.includes(undefined) ? undefined : false;
}

export function not(certainty: Certainty): Certainty {
  return certainty === undefined ? undefined : !certainty;
}

/** `pattern`: a name, or its beginning with `wildcard` behind it. */
export function comesInBy({ interface: name }: Packet, pattern: string, wildcard: "*" | "+"): Certainty {
  const start = pattern.endsWith(wildcard) ? pattern.slice(0, -1) : undefined;
  if (start === "") return true;
  if (name !== undefined) return start === undefined ? name === pattern : name.startsWith(start);
  return pattern === "lo" ? false : undefined;
}
