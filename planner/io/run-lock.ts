// Keeps two runs that write apart. A run puts a claim, an empty file that its name says all about, into the directory,
// and then looks for others: of two runs the later one sees the earlier one's claim. Claims of the dead are removed.

/** Built in main.ts only. */
export type RunLock = {
  /**
   * Makes the directory if it is missing. Throws PKI_LOCKED while another run holds it, and PKI_UNWRITABLE.
   * A holder that was killed is known at once where its process can be seen, elsewhere after a minute.
   */
  readonly acquire: (directory: string) => Promise<HeldLock>;
};

export type HeldLock = {
  /** Throws PKI_LOCK_LOST when somebody else has taken this run for dead, as after a long sleep of the machine. */
  readonly check: () => Promise<void>;
  /** Removes the claim, and the directories that `acquire` made if they are still empty. */
  readonly release: () => Promise<void>;
};
