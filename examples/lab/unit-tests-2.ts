// The second share of the unit tests.
import { declareUnitTests } from "./unit-tests.ts";

await declareUnitTests(2);
