// The first share of the unit tests.
import { declareUnitTests } from "./unit-tests.ts";

await declareUnitTests(1);
