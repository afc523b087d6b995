// The oldest revision that can be read, found by asking for some.

export type Asking = {
  /** The revision of now. */
  readonly newest: number;
  /** The answer of an earlier time. */
  readonly known: number | undefined;
  /** Once true for a revision, it is for all that are newer. */
  readonly reads: (revision: number) => Promise<boolean>;
};

/** Two questions where nothing has changed since, else as many as `newest` has bits; 1 while all can be read. Throws what `reads` throws. */
export async function oldestOf({ newest, known, reads }: Asking): Promise<number> {
  if (known === undefined || known > newest) return between(0, newest, reads);
  if (known < newest && !(await reads(known))) return between(known, newest, reads);
  return known === 1 || !(await reads(known - 1)) ? known : between(0, known - 1, reads);
}

/** `gone` cannot be read, `read` can. */
async function between(gone: number, read: number, reads: Asking["reads"]): Promise<number> {
  if (read - gone === 1) return read;
  const middle = Math.floor((gone + read) / 2);
  return (await reads(middle)) ? between(gone, middle, reads) : between(middle, read, reads);
}
