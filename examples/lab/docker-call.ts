// What a request to Docker's API is, by method and path alone.

export type DockerCall = {
  readonly method: string;
  /** Without the version in front; with the query. */
  readonly path: string;
  /** Whether it may change something on the host. */
  readonly mutating: boolean;
};

/** `url` as in the request line, such as `/v1.41/containers/json?all=1`. */
export function dockerCall(method: string, url: string): DockerCall {
  const path = url.replace(/^\/v\d+\.\d+(?=\/)/, "");
  const waits = /^\/containers\/[^/?]+\/wait\b/.test(path);
  return {
    method,
    path,
    mutating: !["GET", "HEAD", "OPTIONS"].includes(method) && !waits && !path.startsWith("/auth"),
  };
}
