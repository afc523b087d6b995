// Where an agent gets sealed host configs from, if not from its host's own file, and whom it believes while it has none.
import { authoritiesPath, hostConfigPath } from "./host-paths.ts";

/** Stands for the host's name. */
export const hostPlaceholder = "{host}";

export type WebPlaces = {
  /** `https://` each; with the placeholder, or for one host alone. */
  readonly urls: readonly string[];
  /** Public keys of ed25519: DER in base64, as `flexkube-agent run --signer` takes them. */
  readonly signers: readonly string[];
  /** Certificates (PEM) of those that alone may have signed the servers'; those that the host believes where it is unset. */
  readonly authorities?: string | undefined;
};

/** Options of `flexkube-agent run`. A file that is named and not there would be told as a fault for good, so it is named only where it is. */
export function webOptions(
  host: string,
  { urls, signers, authorities }: WebPlaces,
  { hasFile }: { readonly hasFile: boolean },
): readonly string[] {
  const places = [...(hasFile ? [hostConfigPath] : []), ...urls.map((url) => url.replaceAll(hostPlaceholder, host))];
  return [
    ...signers.flatMap((signer) => ["--signer", signer]),
    ...places.flatMap((place) => ["--config", place]),
    ...(authorities === undefined ? [] : ["--config-ca", authoritiesPath]),
  ];
}
