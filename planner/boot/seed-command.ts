// The command that makes a NoCloud seed of two files: a disk with the label by which cloud-init finds it.
import { shellLine } from "./shell-word.ts";

export function seedCommand(directory: string): string {
  const files = ["user-data", "meta-data"].map((name) => `${directory}/${name}`);
  return shellLine([
    "genisoimage",
    "-quiet",
    "-output",
    `${directory}/seed.iso`,
    "-volid",
    "cidata",
    "-joliet",
    "-rock",
    ...files,
  ]);
}
