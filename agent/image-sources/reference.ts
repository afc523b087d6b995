// Image references as Docker understands them: short and long spellings of one name are equal.

/** True when both name the same repository and tag; a missing tag is `latest`, a missing registry Docker's own. */
export function sameReference(one: string, other: string): boolean {
  return normalized(one) === normalized(other);
}

/** The registry host that a reference is pulled from, such as `docker.io` or `registry.example.org:5000`. */
export function registryOf(reference: string): string {
  const first = reference.split("/")[0] ?? "";
  const isHost = reference.includes("/") && (first.includes(".") || first.includes(":") || first === "localhost");
  return isHost ? first : "docker.io";
}

function normalized(reference: string): string {
  const registry = registryOf(reference);
  const bare = reference.startsWith(`${registry}/`) ? reference.slice(registry.length + 1) : reference;
  const path = registry === "docker.io" && !bare.includes("/") ? `library/${bare}` : bare;
  const tagged = /[:@][^/]*$/.test(path) ? path : `${path}:latest`;
  return `${registry}/${tagged}`;
}
