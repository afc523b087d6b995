// The agent killed before and after every call on Docker.
import { sampled } from "#lab/sampled.ts";
import { describeKillTable, scenarios } from "./kill-table.ts";

/** In CI before and after every fourth call; `agent/scenarios/crash.law.test.ts` has all on the fake engine. */
const [stride = 1] = sampled<number>([1], [4]);
/** In CI another file has a lab too. */
const [labs = 1] = sampled<number>([2], [1]);

describeKillTable({ base: "stable", stride, labs, moments: ["before", "after"], scenarios });
