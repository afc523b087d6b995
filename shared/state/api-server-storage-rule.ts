// Which etcd members the host's API server is given.
import type { Secret } from "#shared/secret.ts";

/** The etcd members that an API server is given, and how they are asked. */
export type ApiServerStorage = {
  /** Client URLs. */
  readonly endpoints: readonly string[];
  /** etcd's id of the restored cluster, which alone it may be started for. */
  readonly clusterId?: string | undefined;
  /** It is given what votes alone: members come and go by themselves. */
  readonly votersOnly?: true | undefined;
  readonly tls: { readonly ca: string; readonly certificate: string; readonly key: Secret<string> };
};
