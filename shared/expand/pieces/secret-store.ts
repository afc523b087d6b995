// The host config's `secrets` as expand uses them: by name, wrapped, and digested with the config's own key.
// It must not hand out the digest key.
import { contentDigest } from "#shared/canonical.ts";
import { FlexkubeError } from "#shared/errors.ts";
import { reveal, Secret } from "#shared/secret.ts";
import { ownValue } from "#shared/own-value.ts";

/** Name of the secret that keys the digests of file contents; without it digests are plain SHA-256. */
export const hashKeyName = "hash-key";

export type SecretStore = {
  /** The secret of that name. Throws INTERNAL_BUG when there is none: validation refuses such a config earlier. */
  readonly get: (name: string) => Secret<string>;
  /** `contentDigest` of a text, keyed with the secret `hash-key` when there is one. */
  readonly digest: (content: string | Secret<string>) => string;
};

/** The secrets of one host config. */
export function secretStore(secrets: Readonly<Record<string, string>>): SecretStore {
  const find = (name: string) => ownValue(secrets, name);
  const key = find(hashKeyName);
  return {
    get: (name) => {
      const value = find(name);
      if (value === undefined)
        throw new FlexkubeError("INTERNAL_BUG", "a secret that the host config names is not there", { reason: name });
      return new Secret(value);
    },
    digest: (content) => contentDigest(reveal(content), key),
  };
}
