// How other hosts that were asked and gave no answer are told: those that refuse by TLS apart from those that are silent.

/** Why TLS came to nothing between this host and another one. */
export type PeerRefusal = {
  /** Whose certificate was refused: "theirs" by this host, "ours" by the other one. */
  readonly certificate: "ours" | "theirs";
  readonly why: "other-ca" | "ended" | "not-yet-valid" | "wrong-name" | "missing" | "unfit";
  /** Names and addresses that the certificate is for, where that is known. */
  readonly for?: string | undefined;
  /** The name or address that it should be for. */
  readonly wanted?: string | undefined;
  /** What this host should be, by its config. */
  readonly self?: string | undefined;
  /** Its validity, where that is known. */
  readonly at?: string | undefined;
  /** What TLS said, where it is none of these. */
  readonly detail?: string | undefined;
};

type Refusals = ReadonlyMap<string, PeerRefusal> | undefined;

/** The names that do not answer, each cause once: `h1 refuses ...; no answer from h2`. */
export function silenceOf(names: readonly string[], refusals: Refusals): string {
  const groups = new Map<string, { readonly refusal: PeerRefusal; readonly names: string[] }>();
  const silent: string[] = [];
  for (const name of names) {
    const refusal = refusals?.get(name);
    if (refusal === undefined) {
      silent.push(name);
      continue;
    }
    const key = JSON.stringify([refusal.certificate, refusal.why, refusal.certificate === "ours" ? refusal : ""]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { refusal, names: [name] });
    else group.names.push(name);
  }
  return [
    ...[...groups.values()].map((group) => refusalText(group.refusal, group.names)),
    ...(silent.length === 0 ? [] : [`no answer from ${silent.join(", ")}`]),
  ].join("; ");
}

/** One sentence; `names` are those of whoever was asked. */
export function refusalText(refusal: PeerRefusal, names: readonly string[]): string {
  const who = names.join(", ");
  return refusal.certificate === "ours"
    ? oursRefused(refusal, who, names.length > 1)
    : theirsRefused(refusal, who, names.length > 1);
}

function oursRefused({ why, for: names, wanted, self, at, detail }: PeerRefusal, who: string, many: boolean): string {
  const begin = `${who} ${many ? "refuse" : "refuses"} this host's certificate`;
  switch (why) {
    case "wrong-name":
      return `${begin}, which is for ${names ?? "another address"}; this host has ${wanted ?? "another one"}. Is this ${self === undefined ? "the config's" : `${self}'s`} machine?`;
    case "other-ca":
      return `${begin}: it is of another CA than theirs. Was pki/ replaced?`;
    case "ended":
      return `${begin}: it is out of its validity${at === undefined ? "" : ` (${at})`}. Split and deliver, or set the clock right`;
    case "not-yet-valid":
      return `${begin}: it is not valid yet. Set the clock right`;
    case "missing":
      return `${who} ${many ? "ask" : "asks"} for a certificate, and this host shows none`;
    case "unfit":
      return `${begin} (${detail ?? "it is not good for this"})`;
  }
}

function theirsRefused({ why, for: names, wanted, detail }: PeerRefusal, who: string, many: boolean): string {
  const begin = `${who} ${many ? "present" : "presents"} a certificate`;
  switch (why) {
    case "wrong-name":
      return many
        ? `${begin} that is not for their address. Are other machines there?`
        : `${begin} for ${names ?? "another address"}, not for ${wanted ?? "its address"}. Is another machine there?`;
    case "other-ca":
      return `${begin} of another CA than this config's: was pki/ replaced?`;
    case "ended":
      return `${begin} that has ended. Deliver there what split renews, or set the clock right`;
    case "not-yet-valid":
      return `${begin} that is not valid yet. Set the clock right`;
    case "missing":
    case "unfit":
      return `${begin} that this host does not take (${detail ?? "it is not good for this"})`;
  }
}
