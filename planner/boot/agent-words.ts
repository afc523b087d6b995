// What a person may say of the agent that a document brings up.
import { faultOfWord } from "#shared/schema/typed-word.ts";
import { Image } from "#shared/schema/words/words.ts";

/** What is wrong with an image's reference; undefined when nothing is. */
export function imageFault(image: string): string | undefined {
  return faultOfWord(Image, image);
}

/** What is wrong with a further option of the agent; undefined when nothing is. */
export function agentOptionFault(word: string): string | undefined {
  if (!/^--[a-z][a-z-]*(?:=[ -~]+)?$/.test(word)) return `${word} is no option such as --log-level=debug`;
  const name = word.split("=")[0] ?? "";
  return name === "--host" || name === "--config" ? `${name} is what every document says itself` : undefined;
}
