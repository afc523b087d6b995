// What a single executable runs first: it compiles the program, with a code cache where there is one, and runs it.
// `require` is the executable's own and knows Node's modules alone, so that no file of the host ever becomes code.
const { getAssetKeys, getRawAsset } = require("node:sea");
const { Script } = require("node:vm");

// raw assets are the executable's own memory, not a copy
const text = Buffer.from(getRawAsset("program")).toString();
// One of the command's own, since reading what a command does not need takes longer than what it does. V8 refuses a
// cache of another V8, of other flags or of a text of another length; functions are then compiled when they are first
// called, as without a cache.
const caches = getAssetKeys();
const cache = [`code-cache.${process.argv[2]}`, "code-cache"].find((name) => caches.includes(name));
const cachedData = cache === undefined ? undefined : Buffer.from(getRawAsset(cache));

const run = new Script(text, { filename: "flexkube.cjs", cachedData }).runInThisContext();
run(exports, require, module, __filename, __dirname);
