// The same on Podman, each call of which takes longer.
import { describeKillTable, scenarios } from "./kill-table.ts";

describeKillTable({ base: "podman", stride: 1, labs: 2, moments: ["before", "after"], scenarios });
