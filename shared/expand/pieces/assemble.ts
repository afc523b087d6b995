// One component's draft made into a desired container: files placed and mounted, hashes computed.
import { hashOf } from "#shared/canonical.ts";
import type { ContainerSpec, DesiredContainer, LiveFile } from "#shared/state/desired.ts";
import { reveal } from "#shared/secret.ts";
import { certificatesExpire } from "./certificates-expire.ts";
import { containerSpec, type SpecDraft } from "./container-spec.ts";
import { numericOwner } from "./directory-access.ts";
import type { FileDraft } from "./file-draft.ts";
import { liveFiles } from "./live-files.ts";
import { seal } from "./seal.ts";
import type { SecretStore } from "./secret-store.ts";
import { sortedBy } from "./sorted-by.ts";

type Derived = "spec" | "specHash" | "digest" | "sealed" | "liveDirectory" | "live" | "certificatesExpire";

/** What a component says about its container; the rest follows. */
export type ContainerDraft = Omit<DesiredContainer, Derived> & {
  readonly spec: SpecDraft;
  readonly files: readonly FileDraft[];
  /** Where sealed files are mounted in the container. */
  readonly filesAt: string;
  /** Where live files are mounted in the container; `{files}` in `check` stands for it. */
  readonly liveFilesAt: string;
};

/** The desired container of a draft. */
export function assemble(draft: ContainerDraft, secrets: SecretStore): DesiredContainer {
  const { spec: specDraft, files, filesAt, liveFilesAt, ...rest } = draft;
  const placing = { component: draft.component, files, user: numericOwner(specDraft.user), secrets };
  const sealed = seal(placing);
  const live = liveFiles(placing);
  const spec = containerSpec({
    ...specDraft,
    mounts: [
      ...specDraft.mounts,
      ...readOnlyMount(sealed?.path, filesAt),
      ...readOnlyMount(live.directory?.path, liveFilesAt),
    ],
  });
  const specHash = hashOf(spec);
  return {
    ...rest,
    dependsOn: draft.dependsOn.toSorted(),
    dataDirectories: sortedBy(draft.dataDirectories, (directory) => directory.path),
    claims: [...new Set(draft.claims)].toSorted(),
    check: draft.check?.map((argument) => argument.replaceAll("{files}", liveFilesAt)),
    spec,
    specHash,
    digest: hashOf({ specHash, live: live.files.map(liveIdentity) }),
    sealed,
    liveDirectory: live.directory,
    live: live.files,
    certificatesExpire: certificatesExpire(files.map((file) => reveal(file.content))),
  };
}

function readOnlyMount(source: string | undefined, target: string): ContainerSpec["mounts"] {
  return source === undefined ? [] : [{ source, target, readOnly: true, propagation: "rprivate" }];
}

/** What of a live file a proof of health is about. */
function liveIdentity({ path, digest, mode, uid, gid, effect, signal }: LiveFile): object {
  return { path, digest, mode, uid, gid, effect, signal };
}
