// One thing that is not as it should be, with the host that it is about and what to do.
import type { Trouble } from "./trouble-of.ts";

export type FindingKind =
  | Trouble["kind"]
  | "unsplit"
  | "no-report"
  | "no-node"
  | "unreadable"
  | "foreign"
  | "ahead"
  | "other-content"
  | "unproven"
  | "replayed"
  | "behind";

export type Finding = {
  readonly kind: FindingKind;
  /** Undefined for a file that is no host's. */
  readonly host: string | undefined;
  readonly file: string | undefined;
  readonly what: string;
  /** What to do, or the line to type. */
  readonly hint: string;
};
