// own-flags.ts PROGRAM CACHE - makes CACHE, which was made under further flags of V8, one for the flags that this process has: V8
// compares a hash of them, the fourth word of a cache, and of nothing else that those flags change. Throws when V8 then refuses it.
import { readFileSync, writeFileSync } from "node:fs";
import { argv } from "node:process";
import { Script } from "node:vm";

/** Where the hash of the flags lies: V8's SerializedCodeData::kFlagHashOffset. */
const flagHash = { at: 12, bytes: 4 };

const [, , program = "", cache = ""] = argv;
const bytes = readFileSync(cache);
const own = new Script("").createCachedData();
own.copy(bytes, flagHash.at, flagHash.at, flagHash.at + flagHash.bytes);
const script = new Script(readFileSync(program, "utf8"), { filename: "flexkube.cjs", cachedData: bytes });
if (script.cachedDataRejected === true) throw new Error("V8 refuses the code cache with the hash of its own flags");
writeFileSync(cache, bytes);
