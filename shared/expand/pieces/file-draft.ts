// A file before it is decided in which directory of the host it lies.
import { FlexkubeError } from "#shared/errors.ts";
import type { FileConfig } from "#shared/schema/words/container.ts";
import type { Secret } from "#shared/secret.ts";
import type { SecretStore } from "./secret-store.ts";

export type FileDraft = {
  /** Relative to the sealed or the live directory, or absolute on the host. */
  readonly path: string;
  readonly content: string | Secret<string>;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly effect: "replace" | "none" | "signal" | "restart";
  /** Without SIG; set for effect `signal`. */
  readonly signal?: string | undefined;
  readonly takeOver: boolean;
};

const defaultSignal = "HUP";

/** The file that a person described, with defaults in place. Throws INTERNAL_BUG for what validation refuses. */
export function fileDraft(file: FileConfig, secrets: SecretStore): FileDraft {
  const absolute = file.path.startsWith("/");
  const effect = file.effect ?? (absolute ? "none" : "replace");
  if (absolute && effect === "replace")
    throw new FlexkubeError("INTERNAL_BUG", "a file at a path of the host cannot be sealed", { reason: file.path });
  return {
    path: file.path,
    content: contentOf(file, secrets),
    mode: octal(file.mode ?? (file.secret === undefined ? "0644" : "0600")),
    uid: file.uid,
    gid: file.gid,
    effect,
    signal: effect === "signal" ? (file.signal ?? defaultSignal).replace(/^SIG/, "") : undefined,
    takeOver: file.takeOver,
  };
}

/** The number of an octal mode such as "0644". */
export function octal(mode: string): number {
  return Number.parseInt(mode, 8);
}

function contentOf(file: FileConfig, secrets: SecretStore): string | Secret<string> {
  if (file.content !== undefined) return file.content;
  if (file.secret !== undefined) return secrets.get(file.secret);
  throw new FlexkubeError("INTERNAL_BUG", "a file has neither content nor secret", { reason: file.path });
}
