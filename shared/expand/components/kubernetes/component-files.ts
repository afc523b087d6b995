// Files of the Kubernetes components: where they are in the containers, and drafts of them.
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { ApiAccess } from "#shared/schema/kubernetes/kubernetes-words.ts";
import { Secret } from "#shared/secret.ts";
import type { Owner } from "#shared/expand/pieces/directory-access.ts";
import type { FileDraft } from "#shared/expand/pieces/file-draft.ts";
import type { SecretStore } from "#shared/expand/pieces/secret-store.ts";
import { firstCertificate } from "./first-certificate.ts";
import { kubeconfig } from "./kubeconfig.ts";

/** Where sealed and live files are mounted. */
export const filesAt = "/etc/flexkube/files";
export const liveFilesAt = "/etc/flexkube/live";

export type ComponentFiles = {
  /** Mode of texts that hold no secret: the host config says whether anybody may read them. */
  readonly textMode: number;
  /** A sealed text of that mode. */
  readonly text: (path: string, content: string) => FileDraft;
  /** A sealed secret; a private one is for the container's user alone. */
  readonly sealed: (path: string, secret: string, access?: "private") => FileDraft;
  /** A live text that anybody may read. */
  readonly liveText: (path: string, content: string) => FileDraft;
  /** A live secret that the program re-reads by itself. */
  readonly live: (path: string, secret: string, access?: "private") => FileDraft;
  /** The first certificate of a live secret, for a program that takes exactly one. */
  readonly liveFirst: (path: string, secret: string) => FileDraft;
};

/** Makers of files that belong to the container's user. */
export function componentFiles(
  { uid, gid }: Owner,
  { privateFiles }: Pick<HostConfig, "privateFiles">,
  secrets: SecretStore,
): ComponentFiles {
  const textMode = privateFiles === true ? 0o600 : 0o644;
  const owned = { uid, gid, takeOver: false } as const;
  const modeOf = (access: "private" | undefined): number => (access === "private" ? 0o600 : 0o644);
  return {
    textMode,
    text: (path, content) => ({ ...owned, mode: textMode, effect: "replace", path, content }),
    sealed: (path, secret, access) => ({
      ...owned,
      mode: modeOf(access),
      effect: "replace",
      path,
      content: secrets.get(secret),
    }),
    liveText: (path, content) => ({ ...owned, mode: textMode, effect: "none", path, content }),
    live: (path, secret, access) => ({
      ...owned,
      mode: modeOf(access),
      effect: "none",
      path,
      content: secrets.get(secret),
    }),
    liveFirst: (path, secret) => ({
      ...owned,
      mode: 0o644,
      effect: "none",
      path,
      content: new Secret(firstCertificate(secrets.get(secret).reveal())),
    }),
  };
}

/** A kubeconfig under that name and the files it names: the CA is read at start, the client certificate again and again. */
export function apiFiles(make: ComponentFiles, api: ApiAccess, name = "kubeconfig"): readonly FileDraft[] {
  const paths = {
    ca: `${filesAt}/api-ca.crt`,
    certificate: `${liveFilesAt}/client.crt`,
    key: `${liveFilesAt}/client.key`,
  };
  return [
    make.text(name, kubeconfig({ server: api.server, ...paths })),
    make.sealed("api-ca.crt", api.ca),
    make.live("client.crt", api.certificate),
    make.live("client.key", api.key, "private"),
  ];
}
