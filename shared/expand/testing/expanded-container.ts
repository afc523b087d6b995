// One container of a host that runs everything, for tests of a component.
import assert from "node:assert/strict";
import type { DesiredContainer } from "#shared/state/desired.ts";
import type { HostFacts } from "#shared/state/host-facts.ts";
import { expand } from "#shared/expand/expand.ts";
import { hostConfig, type HostConfigInput } from "./host-config-builder.ts";
import { hostFacts, kubernetesSecrets, wholeHost } from "./kubernetes-builder.ts";

type Options = {
  /** Sections instead of those of `wholeHost()`. */
  readonly sections?: Partial<HostConfigInput>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly facts?: HostFacts;
};

/** The container of that name; fails when there is none. */
export function expandedContainer(name: string, options: Options = {}): DesiredContainer {
  const { sections = {}, secrets = {}, facts = hostFacts() } = options;
  const config = hostConfig({ ...wholeHost(), ...sections, secrets: kubernetesSecrets(secrets) });
  const found = expand(config, facts).containers.find((container) => container.name === name);
  assert.ok(found, name);
  return found;
}

/** File name → "sealed" or "live", octal mode and owner. */
export function filesOf({ sealed, live }: DesiredContainer): Readonly<Record<string, string>> {
  const line =
    (kind: string) => (file: DesiredContainer["live"][number] | NonNullable<typeof sealed>["files"][number]) =>
      [
        file.path.slice(file.path.lastIndexOf("/") + 1),
        `${kind} ${file.mode.toString(8)} ${file.uid}:${file.gid}`,
      ] as const;
  return Object.fromEntries([...(sealed?.files ?? []).map(line("sealed")), ...live.map(line("live"))]);
}

/** Text of a file of the container; fails when there is none. */
export function textOf({ sealed, live }: DesiredContainer, name: string): string {
  const file = [...(sealed?.files ?? []), ...live].find(({ path }) => path.endsWith(`/${name}`));
  assert.ok(file, name);
  assert.ok(typeof file.content === "string", `${name} is a secret`);
  return file.content;
}
