// Encryption to people who hold a key of age (https://age-encryption.org/v1): nobody else reads it, the planner's own machine neither.
import { Encrypter } from "age-encryption";
import { FlexkubeError } from "#shared/errors.ts";

/** Encrypts to all of them: whoever has the key of one opens it. */
export type Seal = (bytes: Uint8Array<ArrayBuffer>) => Promise<Uint8Array>;

/** Throws INTERNAL_USAGE for a recipient that is none. */
export function sealFor(recipients: readonly string[]): Seal {
  const encrypter = new Encrypter();
  for (const recipient of recipients)
    try {
      encrypter.addRecipient(recipient);
    } catch (cause) {
      throw new FlexkubeError(
        "INTERNAL_USAGE",
        "the arguments are not understood",
        // a key that was given by mistake is not printed
        { argument: "--recipient", reason: "not a recipient of age: age1…, as age-keygen prints it" },
        { cause },
      );
    }
  return async (bytes) => encrypter.encrypt(bytes);
}
