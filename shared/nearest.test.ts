import assert from "node:assert/strict";
import { test } from "node:test";
import { nearest, suggestion } from "./nearest.ts";

test("the nearest word within a third of the length is found, swapped letters count once", () => {
  const words = ["image", "images", "extraArgs", "hosts"];

  assert.equal(nearest("iamge", words), "image");
  assert.equal(nearest("hots", words), "hosts");
  assert.equal(nearest("extraargs", words), "extraArgs");
  assert.equal(nearest("volume", words), undefined);
});

test("words too short to resemble anything get the list of known words", () => {
  assert.equal(suggestion("x", ["a", "b"]), "known here: a, b");
  assert.equal(suggestion("x", []), undefined);
});
