// What is news, against a naive reading of the whole history.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createNews, mostSubjects, remembered } from "./news.ts";

type Word = { readonly subject: string; readonly text: string };
type Round = { readonly words: readonly Word[]; readonly whole: boolean };

const word = fc.record({ subject: fc.constantFrom("a", "b", "c"), text: fc.constantFrom("x", "y", "z") });
const rounds: fc.Arbitrary<readonly Round[]> = fc.array(
  fc.record({ words: fc.array(word, { maxLength: 6 }), whole: fc.boolean() }),
  { maxLength: 40 },
);

type Heard = { readonly told: readonly (readonly Word[])[]; readonly over: readonly (readonly string[])[] };

function hear(all: readonly Round[]): Heard {
  const news = createNews<Word>();
  const told: (readonly Word[])[] = [];
  const over: (readonly string[])[] = [];
  for (const { words, whole } of all) {
    told.push(words.filter((each) => news.say(each.subject, each.text, each)));
    over.push(news.endRound(whole).map(({ what, rounds: count }) => `${what.subject} ${count}`));
  }
  return { told, over };
}

/** The first round of the subject's present time: the one after the last whole round that did not mention it. */
function beginning(all: readonly Round[], at: number, subject: string): number {
  const before = all.slice(0, at);
  return 1 + before.findLastIndex(({ words, whole }) => whole && !words.some((each) => each.subject === subject));
}

test("a text is told when it was not said of its subject within ten rounds, nor in this one, since the subject began", () => {
  fc.assert(
    fc.property(rounds, (all) => {
      const { told } = hear(all);
      all.forEach(({ words }, at) => {
        const expected = words.filter(({ subject, text }, index) => {
          const from = Math.max(beginning(all, at, subject), at - remembered);
          const said = [...all.slice(from, at).flatMap((round) => round.words), ...words.slice(0, index)];
          return !said.some((other) => other.subject === subject && other.text === text);
        });
        assert.deepEqual(told[at], expected);
      });
    }),
  );
});

test("what a whole round does not mention is over, once, with the number of rounds that did", () => {
  fc.assert(
    fc.property(rounds, (all) => {
      const { over } = hear(all);
      all.forEach(({ words, whole }, at) => {
        const expected = ["a", "b", "c"].flatMap((subject) => {
          const mentions = ({ words: said }: Round): boolean => said.some((each) => each.subject === subject);
          const count = all.slice(beginning(all, at, subject), at).filter(mentions).length;
          return whole && count > 0 && !words.some((each) => each.subject === subject) ? [`${subject} ${count}`] : [];
        });
        assert.deepEqual([...(over[at] ?? [])].toSorted(), expected);
      });
    }),
  );
});

test("the same words, round after round, are told in the first alone", () => {
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 1 }),
      fc.array(fc.boolean(), { minLength: 1, maxLength: 50 }),
      (words, ends) => {
        const { told, over } = hear(ends.map((whole) => ({ words, whole })));
        assert.ok((told[0]?.length ?? 0) > 0);
        assert.deepEqual([...told.slice(1).flat(), ...over.flat()], []);
      },
    ),
  );
});

test("it does not grow with what is said once each", () => {
  const news = createNews<string>();
  for (let count = 0; count <= 2 * mostSubjects; count++) {
    news.say(`subject ${count}`, "", `subject ${count}`);
    news.endRound(false);
  }
  const over = news.endRound(true);
  assert.equal(over.length, mostSubjects);
  assert.equal(over.at(-1)?.what, `subject ${2 * mostSubjects}`);
});
