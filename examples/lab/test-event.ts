// What is looked at of the events of Node's test runner.
import { resolve } from "node:path";

/** A file is a test too. */
export type TestEvent = {
  readonly type: string;
  readonly data?: {
    readonly name?: string;
    /** Where the test is written. */
    readonly file?: string;
    /** Which file runs it; unset for a file itself. */
    readonly entryFile?: string;
    /** 0 for tests that stand in no suite and no other test. */
    readonly nesting?: number;
    readonly details?: { readonly duration_ms?: number; readonly type?: string };
  };
};

/** Whether this test is the file, which is named after itself. */
export function isFile(name: string, file: string): boolean {
  return resolve(name) === file;
}
