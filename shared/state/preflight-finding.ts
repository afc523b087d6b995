// What a look at the host before a start finds amiss.
/** One thing that is not as it must be. Texts are for people: `found` and `needed` follow those words in a sentence. */
export type PreflightFinding = {
  /** Such as `swap` or `sysctl`. */
  readonly check: string;
  readonly found: string;
  readonly needed: string;
  /** Command for a person at the host. */
  readonly command: string;
  /** What the agent can do about it, an argument of its `mend` command; unset when it is left to a person. */
  readonly mend?: string | undefined;
};

/** A line of it for a person. */
export function findingText({ check, found, needed, command }: PreflightFinding): string {
  return `${check}: found ${found}, needed ${needed}; to mend it: ${command}`;
}
