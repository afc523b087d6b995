// Kubeconfig files. Certificates are named by path, so that a renewed one needs no new container.
import { documentText } from "./document.ts";

type Access = {
  readonly server: string;
  /** Paths in the container. */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
};

/** Text of a kubeconfig with one cluster and one user. */
export function kubeconfig({ server, ca, certificate, key }: Access): string {
  return documentText({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "cluster", cluster: { server, "certificate-authority": ca } }],
    users: [{ name: "user", user: { "client-certificate": certificate, "client-key": key } }],
    contexts: [{ name: "context", context: { cluster: "cluster", user: "user" } }],
    "current-context": "context",
  });
}
