// How this host's etcd member is cared for.
import type { Secret } from "#shared/secret.ts";

export type EtcdCareRule = {
  readonly cluster: string;
  readonly host: string;
  readonly member: string;
  /** The member's container. */
  readonly container: string;
  /** Others of the host config; with any, the disruption lock is needed. */
  readonly hasPeers: boolean;
  readonly clientUrl: string;
  readonly tls: { readonly ca: string; readonly certificate: string; readonly key: Secret<string> };
  /** What etcd stops writing at. */
  readonly quotaBytes: number;
  /** A member is defragmented at most once in this time. */
  readonly everyMs: number;
  /** Nobody else compacts without space. */
  readonly compacts: boolean;
  /** What a person types before a command of etcdctl. */
  readonly etcdctl: string;
};

/** By which others know the disruption lock of a care. */
export const careComponent = "etcd-care";
