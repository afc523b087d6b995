// One row of the file table: how a file reaches its program, and by which source the program takes up a change.
import type { Program } from "#shared/components/component-table.ts";

export type FileRow = {
  /** Component, without a pool's name. */
  readonly component: Program;
  readonly file: string;
  readonly kind: "sealed" | "live";
  /** What follows a change. */
  readonly change: string;
  /** Where it is written that the program behaves so. */
  readonly source: string;
};
