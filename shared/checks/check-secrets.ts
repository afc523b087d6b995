// References to secrets: each names an entry of `secrets`.
import type { Finding } from "#shared/document/finding.ts";
import type { Path } from "#shared/document/path.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { suggestionsFrom } from "#shared/nearest.ts";
import { componentReferences } from "#shared/components/component-table.ts";

export type SecretReference = { readonly name: string; readonly path: Path };

/** Every reference of the host config to one of its secrets. */
export function secretReferences(config: HostConfig): readonly SecretReference[] {
  const registries = config.agent.registries.map(({ password }, index) => ({
    name: password,
    path: ["agent", "registries", index, "password"],
  }));
  const { delivery } = config.agent;
  const sealed = (["signers", "identity"] as const).flatMap((field) => {
    const name = delivery?.[field];
    return name === undefined ? [] : [{ name, path: ["agent", "delivery", field] }];
  });
  return [...registries, ...sealed, ...componentReferences(config)];
}

/** References without a secret; `known` are the names that are or will be there. */
export function checkSecrets(config: HostConfig, known: ReadonlySet<string>): readonly Finding[] {
  const hint = suggestionsFrom([...known].toSorted());
  return secretReferences(config)
    .filter(({ name }) => !known.has(name))
    .map(({ name, path }) => ({
      path,
      // people write the password itself there
      problem: path.at(-1) === "password" ? "there is no secret of this name" : `there is no secret ${name}`,
      hint: hint(name),
    }));
}
