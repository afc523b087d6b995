// What a person types outside a config, on a command line for one, is judged as it is in the cluster config.
import type * as z from "zod";
import { ruled } from "./ruled.ts";

/** What is wrong with it, by the type and the rules of its domain; undefined for nothing. */
export function faultOfWord(schema: z.ZodType, typed: string): string | undefined {
  return ruled(schema).safeParse(typed).error?.issues[0]?.message;
}
