// Image references as Docker understands them: short and long spellings of one name are equal.

/** Where an image is, spelled out. */
export type ImageName = {
  /** Such as `docker.io` or `registry.example.org:5000`. */
  readonly registry: string;
  /** Such as `library/haproxy`. */
  readonly repository: string;
  readonly tag: string | undefined;
  /** Such as `sha256:…`. */
  readonly digest: string | undefined;
};

/** Of a reference by the grammar; a missing registry is Docker's own. */
export function imageName(reference: string): ImageName {
  const registry = registryOf(reference);
  const bare = reference.startsWith(`${registry}/`) ? reference.slice(registry.length + 1) : reference;
  const [named = "", digest] = bare.split("@");
  const [path = "", tag] = named.split(":");
  const repository = registry === "docker.io" && !path.includes("/") ? `library/${path}` : path;
  return { registry, repository, tag, digest };
}

/** True when both name the same repository, tag and digest; without tag and digest, the tag is `latest`. */
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
  const { registry, repository, tag, digest } = imageName(reference);
  const wanted = tag ?? (digest === undefined ? "latest" : "");
  return `${registry}/${repository}:${wanted}@${digest ?? ""}`;
}
