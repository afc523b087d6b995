// How backups of this host's etcd member are made.
import type { Secret } from "#shared/secret.ts";

export type EtcdBackupRule = {
  readonly cluster: string;
  readonly host: string;
  /** As the host config calls it: without the incarnation, of which no file has the name. */
  readonly member: string;
  /** All members, sorted. */
  readonly members: readonly string[];
  readonly token: string;
  readonly generation: number | undefined;
  readonly image: string;
  /** Programs in the image, beside etcd itself. */
  readonly etcdctl: string;
  readonly etcdutl: string;
  readonly clientUrl: string;
  readonly tls: { readonly ca: string; readonly certificate: string; readonly key: Secret<string> };
  readonly everyMs: number;
  /** How long after a multiple of `everyMs` since 1970 this member's turn comes. */
  readonly offsetMs: number;
  readonly keep: number;
  /** On the host. */
  readonly directory: string;
};
