// Host ports as claims, `tcp/0.0.0.0:6443`: IPv6 addresses stand in brackets.

/** True when one port cannot be had beside the other; an unspecified address clashes with every address. */
export function isClaimClash(one: string, other: string): boolean {
  if (one === other) return true;
  const [a, b] = [splitClaim(one), splitClaim(other)];
  return (
    a.protocol === b.protocol &&
    a.port === b.port &&
    [a.address, b.address].some((address) => address === "0.0.0.0" || address === "[::]")
  );
}

function splitClaim(claim: string): { readonly protocol: string; readonly address: string; readonly port: string } {
  const slash = claim.indexOf("/");
  const colon = claim.lastIndexOf(":");
  return { protocol: claim.slice(0, slash), address: claim.slice(slash + 1, colon), port: claim.slice(colon + 1) };
}
